// Package bodyhelper closes bodies in a helper.
package bodyhelper

import (
	"encoding/json"
	"io"
	"net/http"
)

func drop(resp *http.Response) {
	if resp != nil && resp.Body != nil {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

func Get(c *http.Client, url string, into any) error {
	resp, err := c.Get(url)
	defer drop(resp)
	if err != nil {
		return err
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

func Do(c *http.Client, req *http.Request, handle func(*http.Response) error) error {
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	return handle(resp)
}

func Ping(url string) (err error) {
	resp, err := http.Head(url)
	if err == nil {
		defer func() {
			if cerr := resp.Body.Close(); err == nil {
				err = cerr
			}
		}()
		_, err = io.Copy(io.Discard, resp.Body)
	}
	return err
}
