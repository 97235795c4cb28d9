// Package bodies closes response bodies in other ways than a deferred Close.
package bodies

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"time"
)

type client struct {
	http    *http.Client
	last    *http.Response
	closers []io.Closer
}

func (c *client) Into(url string, v any) (err error) {
	resp, err := c.http.Get(url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	return json.NewDecoder(resp.Body).Decode(v)
}

func (c *client) Keep(url string) error {
	resp, err := c.http.Get(url)
	if err != nil {
		return err
	}
	c.last = resp
	return nil
}

func (c *client) Listed(url string) (io.Reader, error) {
	resp, err := c.http.Get(url)
	if err != nil {
		return nil, err
	}
	c.closers = append(c.closers, resp.Body)
	return resp.Body, nil
}

// RoundTrip gives the response to its caller.
func (c *client) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Transport.RoundTrip(req)
	if err != nil || resp.StatusCode < 500 {
		return resp, err
	}
	resp.Body.Close()
	return c.http.Transport.RoundTrip(req)
}

func (c *client) Async(url string, out chan<- *http.Response) {
	resp, err := c.http.Get(url)
	if err != nil {
		close(out)
		return
	}
	out <- resp
}

func (c *client) Retry(req *http.Request) (resp *http.Response, err error) {
	for range 3 {
		resp, err = c.http.Do(req)
		if err == nil && resp.StatusCode < 500 {
			return resp, nil
		}
		if resp != nil {
			resp.Body.Close()
		}
		time.Sleep(time.Second)
	}
	return nil, errors.New("gave up")
}

type counted struct {
	io.ReadCloser
	n int
}

func (c *client) Wrapped(url string) (*http.Response, error) {
	resp, err := c.http.Get(url)
	if err != nil {
		return nil, err
	}
	resp.Body = &counted{ReadCloser: resp.Body}
	return resp, nil
}

func (c *client) Buffered(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(resp.Body)
	if cerr := resp.Body.Close(); err == nil {
		err = cerr
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	return resp, err
}

func (c *client) NilGuard(ctx context.Context, url string) (n int64, err error) {
	var resp *http.Response
	defer func() {
		if resp != nil {
			resp.Body.Close()
		}
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err = c.http.Do(req)
	if err != nil {
		return 0, err
	}
	return io.Copy(io.Discard, resp.Body)
}

func (c *client) Else(url string) int {
	if resp, err := c.http.Get(url); err == nil {
		defer resp.Body.Close()
		return resp.StatusCode
	}
	return 0
}

func (c *client) ElseLoop(urls []string) (ok int) {
	for _, u := range urls {
		if resp, err := c.http.Head(u); err != nil {
			continue
		} else if resp.Body.Close(); resp.StatusCode == 200 {
			ok++
		}
	}
	return ok
}

func closeBody(c io.Closer) {
	if err := c.Close(); err != nil {
		println(err.Error())
	}
}

func (c *client) Helper(url string) (string, error) {
	resp, err := c.http.Get(url)
	if err != nil {
		return "", err
	}
	defer closeBody(resp.Body)
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func (c *client) Goroutine(url string, dst io.WriteCloser) error {
	resp, err := c.http.Get(url)
	if err != nil {
		return err
	}
	go func() {
		defer resp.Body.Close()
		defer dst.Close()
		io.Copy(dst, resp.Body)
	}()
	return nil
}

type page struct {
	resp *http.Response
	dec  *json.Decoder
}

func (c *client) Open(url string) (*page, error) {
	resp, err := c.http.Get(url)
	if err != nil {
		return nil, err
	}
	return &page{resp, json.NewDecoder(resp.Body)}, nil
}

func (p *page) Close() error { return p.resp.Body.Close() }

func Recorded(h http.Handler, req *http.Request) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	resp := w.Result()
	return resp.StatusCode
}

func (c *client) Fatal(url string, fatal func(...any)) int {
	resp, err := c.http.Get(url)
	if err != nil {
		panic(err)
	}
	code := resp.StatusCode
	_ = resp.Body.Close()
	return code
}
