// Package lockwrapper has methods that lock for their callers.
package lockwrapper

import "sync"

type Store struct {
	mu   sync.RWMutex
	data map[string]int
}

func (s *Store) Lock()   { s.mu.Lock() }
func (s *Store) Unlock() { s.mu.Unlock() }

func (s *Store) acquire() func() {
	s.mu.Lock()
	return s.mu.Unlock
}

func (s *Store) Set(k string, v int) {
	defer s.acquire()()
	s.data[k] = v
}

func (s *Store) With(f func(map[string]int)) {
	s.Lock()
	defer s.Unlock()
	f(s.data)
}

func (s *Store) View() (data map[string]int, release func()) {
	s.mu.RLock()
	return s.data, func() { s.mu.RUnlock() }
}

func (s *Store) TrySet(k string, v int) bool {
	if !s.mu.TryLock() {
		return false
	}
	s.data[k] = v
	s.mu.Unlock()
	return true
}
