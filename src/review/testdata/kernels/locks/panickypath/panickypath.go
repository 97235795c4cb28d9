// Package panickypath leaves a switch with a return while the lock is held.
package panickypath

import (
	"io"
	"sync"
)

type Ring struct {
	mu   sync.Mutex
	buf  []byte
	head int
	eof  bool
}

func (r *Ring) Read(p []byte) (int, error) {
	r.mu.Lock() // leak: lock-not-released
	switch {
	case r.eof:
		r.mu.Unlock()
		return 0, io.EOF
	case r.head == len(r.buf):
		return 0, nil
	}
	n := copy(p, r.buf[r.head:])
	r.head += n
	r.mu.Unlock()
	return n, nil
}

// Repaired.

func (r *Ring) ReadRepaired(p []byte) (int, error) {
	r.mu.Lock()
	switch {
	case r.eof:
		r.mu.Unlock()
		return 0, io.EOF
	case r.head == len(r.buf):
		r.mu.Unlock()
		return 0, nil
	}
	n := copy(p, r.buf[r.head:])
	r.head += n
	r.mu.Unlock()
	return n, nil
}
