package guarded

import (
	"net/http"
	"sync"
)

type book struct {
	sync.Mutex
	lines []string
	pages map[string]int
}

var (
	mu     sync.Mutex
	counts = map[string]int{"/": 0, "/about": 0}
	others = map[string]int{}
	all    book
)

func handle(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	if _, ok := counts[r.URL.Path]; ok {
		counts[r.URL.Path]++
	}
	if _, ok := others[r.Host]; ok {
		others[r.URL.Path]++ // want "high: others grows by r.URL.Path"
	}
}

func wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all.Lock()
		all.lines = append(all.lines, r.URL.Path) // want "high: all.lines grows with each request"
		all.pages[r.URL.Path]++                   // want "high: all.pages grows by r.URL.Path"
		all.Unlock()
		next.ServeHTTP(w, r)
	})
}
