// Package switches unlocks in every clause of a switch over all values of a type, and swaps locks for a while.
package switches

import (
	"errors"
	"sync"
)

type state int

const (
	open state = iota
	halfOpen
	closed
)

type breaker struct {
	mu    sync.Mutex
	state state
	fails int
}

func (b *breaker) fail() {
	b.mu.Lock()
	switch b.state {
	case open:
		b.fails++
		b.mu.Unlock()
	case halfOpen:
		b.state = open
		b.mu.Unlock()
	case closed:
		b.fails++
		b.mu.Unlock()
	}
}

// name is asked for among strings that nobody has listed.
func (b *breaker) set(name string) {
	b.mu.Lock() // want `b.mu is still locked when the function returns on line \d+`
	switch name {
	case "open":
		b.state = open
		b.mu.Unlock()
	case "closed":
		b.state = closed
		b.mu.Unlock()
	}
}

type results struct {
	mu   sync.RWMutex
	hash string
}

// handle has the lock for reading throughout, but while it makes the result.
func (r *results) handle(hash string, use func()) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for r.hash != hash {
		func() {
			r.mu.RUnlock()
			r.mu.Lock()
			defer func() {
				r.mu.Unlock()
				r.mu.RLock()
			}()
			r.hash = hash
		}()
	}
	use()
}

func (b *breaker) retry(try func() error) error {
	locked := false
	for i := 0; i < 3; i++ {
		if err := try(); err != nil {
			continue
		}
		b.mu.Lock()
		locked = true
		break
	}
	if !locked {
		return errors.New("out of tries")
	}
	b.fails = 0
	b.mu.Unlock()
	return nil
}

// forgets leaves with the lock, because its flag says something else.
func (b *breaker) forgets(try func() error) error {
	done := false
	b.mu.Lock() // want `b.mu is still locked when the function returns on line \d+`
	if try() == nil {
		b.fails = 0
	}
	if !done {
		return errors.New("not done")
	}
	b.mu.Unlock()
	return nil
}
