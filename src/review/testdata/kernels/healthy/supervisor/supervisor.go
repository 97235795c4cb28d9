// Package supervisor runs children until the context ends and waits for them.
package supervisor

import (
	"context"
	"sync"
	"time"
)

type Child func(ctx context.Context) error

func Run(ctx context.Context, children ...Child) {
	var wg sync.WaitGroup
	for _, c := range children {
		wg.Go(func() {
			for ctx.Err() == nil {
				if c(ctx) == nil {
					return
				}
				select {
				case <-time.After(time.Second):
				case <-ctx.Done():
				}
			}
		})
	}
	wg.Wait()
}
