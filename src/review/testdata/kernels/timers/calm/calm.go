// Package calm stops its timers, or hands them to who does, before Go 1.23.
package calm

import (
	"context"
	"time"
)

type Ticking struct {
	ticker *time.Ticker
	stop   func() bool
}

func New(d time.Duration) *Ticking {
	return &Ticking{ticker: time.NewTicker(d)}
}

func (t *Ticking) Close() {
	t.ticker.Stop()
	if t.stop != nil {
		t.stop()
	}
}

func (t *Ticking) Later(d time.Duration, f func()) {
	timer := time.AfterFunc(d, f)
	t.stop = timer.Stop
}

func Every(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(d)
	return t.C, t.Stop
}

func Made(d time.Duration) *time.Ticker {
	t := time.NewTicker(d)
	return t
}

func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func Optional(d time.Duration, work <-chan int) (n int) {
	var tick <-chan time.Time
	if d > 0 {
		t := time.NewTicker(d)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case v, ok := <-work:
			if !ok {
				return n
			}
			n += v
		case <-tick:
			n++
		}
	}
}

func Short(work <-chan int) (n int) {
	for {
		select {
		case v, ok := <-work:
			if !ok {
				return n
			}
			n += v
		case <-time.After(time.Millisecond):
			return n
		}
	}
}

func Forever(f func()) {
	for range time.Tick(time.Second) {
		f()
	}
}
