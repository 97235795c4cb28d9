package ways

import (
	"context"
	"os"
	"os/signal"
	"time"
)

var root = context.Background()

func work(context.Context) error { return nil }

func deferred() error {
	ctx, cancel := context.WithCancel(root)
	defer cancel()
	return work(ctx)
}

func cause(ok bool) error {
	ctx, cancel := context.WithCancelCause(root) // want "high: cancel, the cancel function of context.WithCancelCause, is not called on all paths: the function can return on line 27"
	if ok {
		err := work(ctx)
		cancel(err)
		return err
	}
	return nil
}

func loop() {
	for range 3 {
		ctx, cancel := context.WithTimeout(root, time.Second) // want "the loop can come back to line 32"
		if work(ctx) != nil {
			cancel()
		}
	}
}

func notify() error {
	ctx, _ := signal.NotifyContext(root, os.Interrupt) // want "the stop function of signal.NotifyContext is thrown away"
	return work(ctx)
}

func returned() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(root)
	return ctx, cancel
}

type job struct {
	ctx    context.Context
	cancel func()
}

func kept() *job {
	ctx, cancel := context.WithCancel(root)
	return &job{ctx, cancel}
}

func field(j *job) {
	j.ctx, j.cancel = context.WithCancel(root)
}

func goroutine(done <-chan struct{}) error {
	ctx, cancel := context.WithCancel(root)
	go func() {
		<-done
		cancel()
	}()
	return work(ctx)
}

func named() (ctx context.Context, cancel context.CancelFunc) {
	ctx, cancel = context.WithCancel(root)
	return
}

func replaced(d time.Duration) error {
	ctx, cancel := context.WithCancel(root) // want "medium: .*line 80 puts another value in it before"
	if d > 0 {
		ctx, cancel = context.WithTimeout(root, d)
	}
	defer cancel()
	return work(ctx)
}

func optional(d time.Duration) error {
	ctx := root
	var cancel context.CancelFunc
	if d > 0 {
		ctx, cancel = context.WithTimeout(root, d)
		defer cancel()
	}
	return work(ctx)
}

func forever() {
	ctx, cancel := context.WithCancel(root)
	for {
		if work(ctx) != nil {
			cancel()
			panic("over")
		}
	}
}

func exits() {
	ctx, cancel := context.WithCancel(root)
	if err := work(ctx); err != nil {
		os.Exit(1)
	}
	cancel()
}

type subscription struct {
	ctx    context.Context
	forget context.CancelFunc
	leave  context.CancelFunc
}

func subscribe() *subscription {
	ctx, cancel := context.WithCancel(root) // want "medium: the cancel function is kept in forget, which nothing in this package reads"
	return &subscription{ctx: ctx, forget: cancel}
}

func (s *subscription) join() {
	s.ctx, s.leave = context.WithCancel(s.ctx)
}

func (s *subscription) Close() {
	s.leave()
}

func (j *job) stop() {
	j.cancel()
}
