// Package finalized pools objects that have finalizers.
package finalized

import (
	"runtime"
	"sync"
)

type handle struct {
	fd   int
	free func(int)
}

var handles = sync.Pool{New: newHandle}

func newHandle() any {
	h := &handle{fd: -1}
	runtime.SetFinalizer(h, func(h *handle) { // leak: pool-finalizer
		if h.free != nil {
			h.free(h.fd)
		}
	})
	return h
}

func With(fd int, use func(*handle)) {
	h := handles.Get().(*handle)
	h.fd = fd
	use(h)
	handles.Put(h)
}

// Repaired.

type plain struct {
	fd   int
	free func(int)
}

var plains = sync.Pool{New: func() any { return &plain{fd: -1} }}

func WithRepaired(fd int, use func(*plain)) {
	h := plains.Get().(*plain)
	h.fd = fd
	use(h)
	if h.free != nil {
		h.free(h.fd)
	}
	h.fd, h.free = -1, nil
	plains.Put(h)
}
