// Package httpx has what other packages call: functions that give responses, close them, or only read them.
package httpx

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

type Client struct {
	http  *http.Client
	cache map[string]*http.Response
	last  io.Reader
}

func Get(ctx context.Context, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(req)
}

// Fetch gives the body itself.
func Fetch(url string) (io.ReadCloser, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("%s: %s", url, resp.Status)
	}
	return resp.Body, nil
}

func (c *Client) do(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("do: %w", err)
	}
	return resp, nil
}

// Do is a wrapper of a wrapper, and tries again.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	for {
		resp, err := c.do(req)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusServiceUnavailable {
			return resp, nil
		}
		resp.Body.Close()
	}
}

// Buffered has read and closed the body before it gives the response.
func Buffered(url string) (*http.Response, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	return resp, nil
}

// Status closes before it returns.
func Status(url string) (*http.Response, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	return resp, nil
}

// Cached keeps what it gives.
func (c *Client) Cached(url string) (*http.Response, error) {
	if resp, ok := c.cache[url]; ok {
		return resp, nil
	}
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	c.cache[url] = resp
	return resp, nil
}

// Named gives whatever its result holds in the end.
func Named(url string) (resp *http.Response, err error) {
	resp, err = http.Get(url)
	return
}

// Plain gives a reader that nobody can close.
func Plain(url string) (io.Reader, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func DrainAndClose(body io.ReadCloser) {
	io.Copy(io.Discard, body)
	body.Close()
}

func Finish(resp *http.Response) { DrainAndClose(resp.Body) }

func CloseIf(body io.Closer, done bool) {
	if done {
		body.Close()
	}
}

func CloseLater(body io.Closer) { go body.Close() }

func CloseAll(bodies ...io.Closer) {
	for _, body := range bodies {
		body.Close()
	}
}

func Decode(r io.Reader, into any) error {
	return json.NewDecoder(r).Decode(into)
}

func Check(resp *http.Response) error {
	if resp.StatusCode >= 400 {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("%s: %s", resp.Status, text)
	}
	return nil
}

// DecodeAndClose closes what can be closed.
func DecodeAndClose(r io.Reader, into any) error {
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	return json.NewDecoder(r).Decode(into)
}

// Rewind closes what it knows.
func Rewind(r io.Reader) {
	switch r := r.(type) {
	case io.Seeker:
		r.Seek(0, io.SeekStart)
	case io.Closer:
		r.Close()
	}
}

// Keep keeps the reader.
func (c *Client) Keep(r io.Reader) { c.last = r }

// Lines gives something that goes on reading.
func Lines(r io.Reader) *json.Decoder { return json.NewDecoder(r) }

// Any may do anything with what it is given.
func Any(v any) { fmt.Println(v) }

type Doer interface {
	Do(req *http.Request) (*http.Response, error)
}
