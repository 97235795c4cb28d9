package hedgefixed

import (
	"context"
	"errors"
	"time"
)

type reply struct {
	from  string
	value int
	err   error
}

type replica interface {
	Get(ctx context.Context, key string) (int, error)
	Name() string
}

type hedger struct {
	replicas []replica
	delay    time.Duration
}

func (h *hedger) try(ctx context.Context, r replica, key string, out chan<- reply) {
	value, err := r.Get(ctx, key)
	out <- reply{from: r.Name(), value: value, err: err}
}

// get asks one replica after another, and takes the first good answer.
func (h *hedger) get(ctx context.Context, key string) (int, error) {
	out := make(chan reply, len(h.replicas))
	timer := time.NewTimer(h.delay)
	defer timer.Stop()
	started, failed := 0, 0
	for {
		if started < len(h.replicas) {
			go h.try(ctx, h.replicas[started], key, out)
			started++
		}
		timer.Reset(h.delay)
		select {
		case r := <-out:
			if r.err == nil {
				return r.value, nil
			}
			if failed++; failed == len(h.replicas) {
				return 0, errors.New("all replicas failed")
			}
		case <-timer.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

type slow struct {
	name string
	wait time.Duration
}

func (s slow) Name() string { return s.name }

func (s slow) Get(context.Context, string) (int, error) {
	time.Sleep(s.wait)
	return len(s.name), nil
}

// Lookup asks the named replicas, each slower than the one before.
func Lookup(ctx context.Context, names []string, step time.Duration) (int, error) {
	h := &hedger{delay: step / 2}
	for i, name := range names {
		h.replicas = append(h.replicas, slow{name: name, wait: time.Duration(i+1) * step})
	}
	return h.get(ctx, "k")
}
