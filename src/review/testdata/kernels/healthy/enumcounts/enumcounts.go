// Package enumcounts has a global map with a small set of keys.
package enumcounts

import (
	"net/http"
	"sync"
)

type kind int

const (
	get kind = iota
	post
	other
)

var (
	mu     sync.Mutex
	counts = map[kind]int{}
	flags  = map[bool]int{}
)

func classify(r *http.Request) kind {
	switch r.Method {
	case http.MethodGet:
		return get
	case http.MethodPost:
		return post
	}
	return other
}

func Handle(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	counts[classify(r)]++
	flags[r.TLS != nil]++
	mu.Unlock()
}
