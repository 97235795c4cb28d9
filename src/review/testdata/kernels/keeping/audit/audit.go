// Package audit appends to a list that is only read.
package audit

import (
	"net/http"
	"sync"
)

type entry struct{ method, path string }

type trail struct {
	sync.Mutex
	entries []entry
}

var all trail

func Audit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all.Lock()
		all.entries = append(all.entries, entry{r.Method, r.URL.Path}) // leak: global-unbounded
		all.Unlock()
		next.ServeHTTP(w, r)
	})
}

// Repaired.

type boundedTrail struct {
	sync.Mutex
	entries []entry
}

var recent boundedTrail

func AuditRepaired(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recent.Lock()
		recent.entries = append(recent.entries, entry{r.Method, r.URL.Path})
		if len(recent.entries) > 1000 {
			recent.entries = append([]entry(nil), recent.entries[500:]...)
		}
		recent.Unlock()
		next.ServeHTTP(w, r)
	})
}
