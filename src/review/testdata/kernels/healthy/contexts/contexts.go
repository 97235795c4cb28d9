// Package contexts cancels in other ways than a deferred call.
package contexts

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"time"
)

type task struct {
	ctx    context.Context
	cancel context.CancelFunc
	mu     sync.Mutex
	all    map[string]context.CancelFunc
}

func Optional(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	cancel := context.CancelFunc(func() {})
	if limit > 0 {
		ctx, cancel = context.WithTimeout(ctx, limit)
	}
	defer cancel()
	return f(ctx)
}

func OptionalDefer(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return f(ctx)
}

func New(parent context.Context) *task {
	ctx, cancel := context.WithCancel(parent)
	return &task{ctx: ctx, cancel: cancel}
}

func (t *task) Close() { t.cancel() }

func (t *task) Track(ctx context.Context, id string) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if old, ok := t.all[id]; ok {
		old()
	}
	t.all[id] = cancel
	return ctx
}

func (t *task) Finish(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all[id]()
	delete(t.all, id)
}

func LateCancel(ctx context.Context, d time.Duration) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	time.AfterFunc(d, cancel)
	return ctx
}

func Either(a, b context.Context) context.Context {
	ctx, cancel := context.WithCancel(a)
	context.AfterFunc(b, cancel)
	return ctx
}

func Signals(run func(context.Context)) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	run(ctx)
}

func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func Restart(ctx context.Context, changes <-chan int, run func(context.Context, int)) {
	cancel := func() {}
	for v := range changes {
		cancel()
		var c context.Context
		c, cancel = context.WithCancel(ctx)
		go run(c, v)
	}
	cancel()
}

func Pair(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	var once sync.Once
	return ctx, func() { once.Do(cancel) }
}

func Attempts(ctx context.Context, n int, f func(context.Context) error) (err error) {
	for range n {
		attempt, cancel := context.WithTimeout(ctx, time.Second)
		err = f(attempt)
		cancel()
		if err == nil {
			break
		}
	}
	return err
}

func Handoff(ctx context.Context, start func(context.Context, context.CancelFunc)) {
	ctx, cancel := context.WithCancel(ctx)
	start(ctx, cancel)
}
