// Package jobs counts what is to be done, not the goroutines that do it.
package jobs

import (
	"context"
	"sync"
)

func workers(count int, all []func()) {
	jobs := make(chan func())
	var wg sync.WaitGroup
	for i := 0; i < count; i++ {
		go func() {
			for job := range jobs {
				job()
				wg.Done()
			}
		}()
	}
	for _, job := range all {
		wg.Add(1)
		jobs <- job
	}
	wg.Wait()
	close(jobs)
}

func throwAway(ctx context.Context, out chan<- int, all []int) {
	var wg sync.WaitGroup
	wg.Add(len(all))
	go func() {
		for _, one := range all {
			select {
			case <-ctx.Done():
				wg.Done()
			case out <- one:
			}
		}
	}()
	wg.Wait()
}

type writer struct {
	writes  sync.WaitGroup
	started bool
	encode  func() []byte
	write   func([]byte)
}

// next counts the write that follows the block that it encodes.
func (w *writer) next() {
	w.writes.Wait()
	go func() {
		block := w.encode()
		w.writes.Add(1)
		go func() {
			defer w.writes.Done()
			w.write(block)
		}()
	}()
}

type log struct {
	wg      sync.WaitGroup
	started bool
	lines   chan string
}

func (l *log) start() {
	l.wg.Add(1)
	l.started = true
	go func() {
		if l.started {
			defer l.wg.Done()
		}
		for line := range l.lines {
			println(line)
		}
	}()
}
