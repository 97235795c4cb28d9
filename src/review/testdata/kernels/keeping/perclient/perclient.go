// Package perclient remembers each client for ever.
package perclient

import (
	"net/http"
	"sync"
)

var (
	mu    sync.Mutex
	hits  = map[string]int{}
	known = map[string]int{}
)

func Count(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	hits[r.RemoteAddr]++ // leak: global-unbounded
	w.WriteHeader(http.StatusNoContent)
}

// Repaired.

func CountRepaired(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	if len(known) > 10000 {
		clear(known)
	}
	known[r.RemoteAddr]++
	w.WriteHeader(http.StatusNoContent)
}
