// Package closed has the ways in which a body is closed, or somebody else's.
package closed

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

func deferredClosure(url string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer func() {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}()
	return json.NewDecoder(resp.Body).Decode(new(int))
}

func otherName(url string) ([]byte, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	body := resp.Body
	defer body.Close()
	return io.ReadAll(body)
}

func helper(url string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer drain(resp)
	return nil
}

func drain(resp *http.Response) {
	io.Copy(io.Discard, resp.Body)
	closeQuietly(resp.Body)
}

func closeQuietly(c io.Closer) {
	if c != nil {
		c.Close()
	}
}

func returned(url string) (*http.Response, error) {
	resp, err := http.Get(url)
	return resp, err
}

func returnedBody(url string) (io.ReadCloser, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

type page struct {
	body io.ReadCloser
	scan *bufio.Scanner
}

func stored(url string) (*page, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	return &page{body: resp.Body, scan: bufio.NewScanner(resp.Body)}, nil
}

func wrapped(url string) (*bufio.Reader, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	r := bufio.NewReader(resp.Body)
	return r, nil
}

func equalNil(url string) int {
	resp, err := http.Get(url)
	if err == nil {
		defer resp.Body.Close()
		return resp.StatusCode
	}
	return 0
}

func respNil(url string) int {
	resp, _ := http.Get(url)
	if resp == nil {
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

func deferBefore(client *http.Client, req *http.Request) (err error) {
	var resp *http.Response
	defer func() {
		if resp != nil {
			resp.Body.Close()
		}
	}()
	resp, err = client.Do(req)
	if err != nil {
		return err
	}
	return nil
}

var errTooMany = errors.New("too many")

func switched(url string) error {
	resp, err := http.Get(url)
	switch {
	case errors.Is(err, io.EOF):
		return errTooMany
	case err != nil:
		return err
	}
	return resp.Body.Close()
}

func tagged(url string) error {
	resp, err := http.Get(url)
	switch err {
	case nil:
		return resp.Body.Close()
	default:
		return err
	}
}

func sent(url string, to chan<- *http.Response) {
	resp, err := http.Get(url)
	if err != nil {
		return
	}
	to <- resp
}

func goroutine(url string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	go func() {
		defer resp.Body.Close()
		io.Copy(io.Discard, resp.Body)
	}()
	return nil
}

func retry(client *http.Client, req *http.Request) (int, error) {
	for {
		resp, err := client.Do(req)
		if err != nil {
			continue
		}
		status := resp.StatusCode
		resp.Body.Close()
		if status < 500 {
			return status, nil
		}
	}
}

func sameCondition(url string, keep bool) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	if !keep {
		resp.Body.Close()
	}
	if keep {
		defer resp.Body.Close()
	}
	return nil
}

func panics(url string) int {
	resp, err := http.Get(url)
	if err != nil {
		panic(err)
	}
	if resp.StatusCode != 200 {
		panic("status")
	}
	resp.Body.Close()
	return 1
}

func cleaned(url string) error {
	resp, err := http.Get(url)
	cleaner := explain(err)
	if cleaner != nil {
		return cleaner
	}
	defer resp.Body.Close()
	return nil
}

func explain(err error) error {
	return err
}

// fetch hands out a body that needs no closing any more.
func fetch(url string) (*http.Response, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	resp.Body = http.NoBody
	return resp, nil
}

func fetched(url string) int {
	resp, err := fetch(url)
	if err != nil {
		return 0
	}
	return resp.StatusCode
}
