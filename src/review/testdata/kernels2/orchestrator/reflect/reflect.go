package reflect

import (
	"context"
	"errors"
	"time"
)

type store interface {
	Replace(items []string) error
	Resync() error
}

type lister interface {
	List(ctx context.Context) ([]string, error)
	Watch(ctx context.Context, version string) (<-chan string, error)
}

type Reflector struct {
	store  store
	lister lister
	period time.Duration
}

func New(s store, l lister, period time.Duration) *Reflector {
	return &Reflector{store: s, lister: l, period: period}
}

// ListAndWatch lists once and then follows the changes until the watch ends.
func (r *Reflector) ListAndWatch(ctx context.Context) error {
	resyncErr := make(chan error, 1)
	cancel := make(chan struct{})
	go func() {
		for {
			select { // leak: chan-select-no-exit|goroutine-no-exit
			case <-time.After(r.period):
			case <-cancel:
				return
			}
			if err := r.store.Resync(); err != nil {
				resyncErr <- err
				return
			}
		}
	}()

	items, err := r.lister.List(ctx)
	if err != nil {
		return err
	}
	if err := r.store.Replace(items); err != nil {
		return err
	}
	changes, err := r.lister.Watch(ctx, "0")
	if err != nil {
		return err
	}
	defer close(cancel)
	return r.follow(ctx, changes, resyncErr)
}

func (r *Reflector) follow(ctx context.Context, changes <-chan string, resyncErr <-chan error) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-resyncErr:
			return err
		case change, open := <-changes:
			if !open {
				return errors.New("the watch ended")
			}
			if err := r.store.Replace([]string{change}); err != nil {
				return err
			}
		}
	}
}
