package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// history keeps the latest orders in a ring.
type history struct {
	mu   sync.Mutex
	ring []order
	next int
	full bool
}

func newHistory(size int) *history {
	return &history{ring: make([]order, size)}
}

func (h *history) add(o order) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring[h.next] = o
	h.next = (h.next + 1) % len(h.ring)
	h.full = h.full || h.next == 0
}

// latest returns at most limit orders, newest first.
func (h *history) latest(limit int) []order {
	h.mu.Lock()
	defer h.mu.Unlock()
	have := h.next
	if h.full {
		have = len(h.ring)
	}
	if limit > have {
		limit = have
	}
	out := make([]order, 0, limit)
	for i := 1; i <= limit; i++ {
		out = append(out, h.ring[(h.next-i+len(h.ring))%len(h.ring)])
	}
	return out
}

var errBusy = errors.New("too many orders, try again")

// books writes orders to the ledger with a fixed number of workers.
type books struct {
	queue chan booking
}

type booking struct {
	order order
	done  chan<- error
}

func newBooks(workers, queue int) *books {
	b := &books{queue: make(chan booking, queue)}
	for i := 0; i < workers; i++ {
		go b.work()
	}
	return b
}

// book waits until the order is written, the queue refuses it or ctx ends.
func (b *books) book(ctx context.Context, o order) error {
	done := make(chan error, 1) // room for one: the worker never waits for a handler that has left
	select {
	case b.queue <- booking{order: o, done: done}:
	default:
		return errBusy
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *books) work() {
	for job := range b.queue {
		time.Sleep(time.Duration(2+job.order.ID%5) * time.Millisecond) // the ledger's disk
		bookedTotal.Add(1)
		job.done <- nil
	}
}
