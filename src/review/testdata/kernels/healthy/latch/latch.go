// Package latch wakes many waiters by closing a channel under a lock.
package latch

import (
	"context"
	"sync"
)

type Var[T any] struct {
	mu      sync.Mutex
	value   T
	changed chan struct{}
}

func New[T any](v T) *Var[T] {
	return &Var[T]{value: v, changed: make(chan struct{})}
}

func (v *Var[T]) Set(x T) {
	v.mu.Lock()
	v.value = x
	close(v.changed)
	v.changed = make(chan struct{})
	v.mu.Unlock()
}

func (v *Var[T]) Wait(ctx context.Context, ok func(T) bool) (T, error) {
	for {
		v.mu.Lock()
		x, ch := v.value, v.changed
		v.mu.Unlock()
		if ok(x) {
			return x, nil
		}
		select {
		case <-ch:
		case <-ctx.Done():
			return x, ctx.Err()
		}
	}
}

func OnChange[T any](ctx context.Context, v *Var[T], f func(T)) {
	go func() {
		for {
			v.mu.Lock()
			x, ch := v.value, v.changed
			v.mu.Unlock()
			f(x)
			select {
			case <-ch:
			case <-ctx.Done():
				return
			}
		}
	}()
}
