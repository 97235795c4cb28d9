// Package readerkind takes the lock to read and gives back the one to write.
package readerkind

import "sync"

type Registry struct {
	mu    sync.RWMutex
	names map[int]string
}

func (r *Registry) Name(id int) string {
	r.mu.RLock() // leak: lock-not-released
	defer r.mu.Unlock()
	return r.names[id]
}

// Repaired.

func (r *Registry) NameRepaired(id int) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.names[id]
}
