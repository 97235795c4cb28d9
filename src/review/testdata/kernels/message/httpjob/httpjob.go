// Package httpjob answers a request from a job, unless the client goes away.
package httpjob

import (
	"fmt"
	"net/http"
)

type Server struct {
	compute func(q string) string
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	done := make(chan string)
	errc := make(chan error)
	go func() {
		q := r.URL.Query().Get("q")
		if q == "" {
			errc <- fmt.Errorf("no question") // leak: chan-send-abandoned
			return
		}
		done <- s.compute(q) // leak: chan-send-abandoned
	}()
	select {
	case answer := <-done:
		fmt.Fprintln(w, answer)
	case err := <-errc:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case <-r.Context().Done():
	}
}

// Repaired.

type ServerRepaired struct {
	compute func(q string) string
}

func (s *ServerRepaired) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	done := make(chan string, 1)
	errc := make(chan error, 1)
	go func() {
		q := r.URL.Query().Get("q")
		if q == "" {
			errc <- fmt.Errorf("no question")
			return
		}
		done <- s.compute(q)
	}()
	select {
	case answer := <-done:
		fmt.Fprintln(w, answer)
	case err := <-errc:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case <-r.Context().Done():
	}
}
