package main

import (
	"encoding/json"
	"net/http"
	"sync"
)

// A shelf knows how many of each thing there are.
type shelf struct {
	mu    sync.Mutex
	count map[string]int
}

func newShelf() http.Handler {
	s := &shelf{count: map[string]int{"cup": 12, "plate": 7}}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/stock", s.show)
	return mux
}

func (s *shelf) show(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(s.count); err != nil {
		http.Error(w, "the stock could not be written", http.StatusInternalServerError)
	}
}
