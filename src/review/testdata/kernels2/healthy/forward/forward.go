package forward

import (
	"context"
	"errors"
	"time"
)

type lease struct {
	id     int64
	cancel context.CancelFunc
	events chan time.Duration
}

type lessor struct {
	leases map[int64]*lease
}

// grant keeps cancel with the lease; revoke calls it.
func (l *lessor) grant(ctx context.Context, id int64, life time.Duration) (*lease, error) {
	if _, exists := l.leases[id]; exists {
		return nil, errors.New("the lease exists")
	}
	ctx, cancel := context.WithTimeout(ctx, life)
	found := &lease{id: id, cancel: cancel, events: make(chan time.Duration, 1)}
	l.leases[id] = found
	go found.keep(ctx, life/2)
	return found, nil
}

func (l *lease) keep(ctx context.Context, every time.Duration) {
	defer close(l.events)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			select {
			case l.events <- every:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (l *lessor) revoke(id int64) {
	if found := l.leases[id]; found != nil {
		delete(l.leases, id)
		found.cancel()
	}
}

// Hold keeps a lease until n renewals were seen.
func Hold(ctx context.Context, id int64, n int, life time.Duration) (int, error) {
	l := &lessor{leases: map[int64]*lease{}}
	found, err := l.grant(ctx, id, life)
	if err != nil {
		return 0, err
	}
	defer l.revoke(id)
	seen := 0
	for range found.events {
		if seen++; seen == n {
			return seen, nil
		}
	}
	return seen, errors.New("the lease ran out")
}
