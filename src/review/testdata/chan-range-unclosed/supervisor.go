// Package supervisor starts whoever has ended again, until there are too many ends.
package supervisor

import (
	"context"
	"errors"
	"sync"
)

func supervise(count, most int, run func() error) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ends := make(chan error, count)
	var wg sync.WaitGroup
	start := func() {
		wg.Go(func() {
			select {
			case ends <- run():
			case <-ctx.Done():
			}
		})
	}
	for range count {
		start()
	}
	ended := 0
	for range ends {
		ended++
		if ended > most {
			return errors.New("too many ends")
		}
		start()
	}
	return nil
}
