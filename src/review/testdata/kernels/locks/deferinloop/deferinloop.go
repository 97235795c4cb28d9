// Package deferinloop unlocks when the function ends and locks again before.
package deferinloop

import "sync"

type Book struct {
	mu    sync.Mutex
	pages map[string]int
}

func (b *Book) AddAll(names []string) {
	for _, n := range names {
		b.mu.Lock()
		defer b.mu.Unlock() // leak: defer-in-loop|lock-not-released
		b.pages[n]++
	}
}

// Repaired.

func (b *Book) AddAllRepaired(names []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range names {
		b.pages[n]++
	}
}
