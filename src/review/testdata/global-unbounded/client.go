// Package client makes requests of its own: it talks to as many servers as it is configured for.
package client

import (
	"net/http"
	"sync"
)

var (
	mu   sync.Mutex
	seen = map[string]bool{}
)

type transport struct {
	next http.RoundTripper
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err == nil {
		once(req, resp)
	}
	return resp, err
}

func once(req *http.Request, resp *http.Response) {
	mu.Lock()
	defer mu.Unlock()
	if resp.StatusCode == http.StatusOK {
		seen[req.URL.Host] = true
	}
}
