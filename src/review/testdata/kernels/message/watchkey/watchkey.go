// Package watchkey returns a stream of changes without a way to end it.
package watchkey

import (
	"context"
	"time"
)

type Change struct {
	Key string
	Rev int
}

type Source interface {
	Poll(after int) []Change
}

func WaitFor(ctx context.Context, src Source, key string) (Change, error) {
	changes := make(chan Change)
	go func() {
		rev := 0
		for {
			for _, c := range src.Poll(rev) {
				rev = c.Rev
				changes <- c // leak: chan-unbounded-producer|chan-send-abandoned|goroutine-no-exit
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	for {
		select {
		case c := <-changes:
			if c.Key == key {
				return c, nil
			}
		case <-ctx.Done():
			return Change{}, ctx.Err()
		}
	}
}

// Repaired.

func WaitForRepaired(ctx context.Context, src Source, key string) (Change, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes := make(chan Change)
	go func() {
		rev := 0
		for ctx.Err() == nil {
			for _, c := range src.Poll(rev) {
				rev = c.Rev
				select {
				case changes <- c:
				case <-ctx.Done():
					return
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	for {
		select {
		case c := <-changes:
			if c.Key == key {
				return c, nil
			}
		case <-ctx.Done():
			return Change{}, ctx.Err()
		}
	}
}
