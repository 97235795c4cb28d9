// Package counted has as many senders as receives, tokens of its own, and places where a goroutine is parked.
package counted

import (
	"context"
	"errors"
)

func all(queries []string, workers int, ask func(string) error) error {
	queue := make(chan string)
	failed := make(chan error)
	n := min(len(queries), workers)
	for i := 0; i < n; i++ {
		go func() {
			for query := range queue {
				failed <- ask(query)
			}
		}()
	}
	go func() {
		for _, query := range queries {
			queue <- query
		}
		close(queue)
	}()
	var last error
	for i := 0; i < len(queries); i++ {
		if err := <-failed; err != nil {
			last = err
		}
	}
	return last
}

func deliver(ctx context.Context, in <-chan int, done <-chan bool, most int) {
	tokens := make(chan struct{}, most)
	for {
		select {
		case <-ctx.Done():
			return
		case all := <-done:
			if all {
				<-tokens
			}
		case tokens <- struct{}{}:
			select {
			case <-ctx.Done():
				return
			case all := <-done:
				if all {
					<-tokens
					<-tokens
				}
			case <-in:
			}
		}
	}
}

func serve(run func() error, failed chan<- error) {
	go func() {
		err := run()
		if err != nil && failed != nil {
			failed <- err
			block := make(chan error)
			<-block
		}
	}()
}

type manager struct {
	entries chan string
}

func newManager(names []string) (*manager, error) {
	if len(names) == 0 {
		return nil, errors.New("no names")
	}
	m := &manager{entries: make(chan string)}
	go func() {
		for entry := range m.entries {
			println(entry)
		}
	}()
	return m, nil
}

func check(names []string) error {
	m, err := newManager(names)
	if err != nil {
		return err
	}
	close(m.entries)
	return nil
}
