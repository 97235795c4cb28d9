// Package relock has a method that locks and calls another that locks, too.
package relock

import "sync"

type Stats struct {
	mu   sync.Mutex
	hits map[string]int
}

func (s *Stats) Get(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits[key]
}

func (s *Stats) Bump(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.Get(key) + 1 // leak: none-yet
	s.hits[key] = n
	return n
}

// Repaired.

func (s *Stats) BumpRepaired(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hits[key]++
	return s.hits[key]
}
