// Package retrybody tries again and leaves the body of the last try open.
package retrybody

import (
	"errors"
	"io"
	"net/http"
)

func Fetch(c *http.Client, req *http.Request) ([]byte, error) {
	for range 5 {
		resp, err := c.Do(req) // leak: body-not-closed
		if err != nil {
			continue
		}
		if resp.StatusCode >= 500 {
			continue
		}
		data, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		return data, err
	}
	return nil, errors.New("five times")
}

// Repaired.

func FetchRepaired(c *http.Client, req *http.Request) ([]byte, error) {
	for range 5 {
		resp, err := c.Do(req)
		if err != nil {
			continue
		}
		if resp.StatusCode >= 500 {
			resp.Body.Close()
			continue
		}
		data, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		return data, err
	}
	return nil, errors.New("five times")
}
