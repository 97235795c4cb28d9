// Package serialized uses a channel of one as a lock, with a helper.
package serialized

import "context"

type Mutex chan struct{}

func New() Mutex { return make(Mutex, 1) }

func (m Mutex) Lock(ctx context.Context) error {
	select {
	case m <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m Mutex) Unlock() { <-m }

func Each(ctx context.Context, n int, f func(int)) error {
	sem := make(chan struct{}, 4)
	for i := range n {
		select {
		case sem <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		go func() {
			defer func() { <-sem }()
			f(i)
		}()
	}
	for range cap(sem) {
		sem <- struct{}{}
	}
	return nil
}
