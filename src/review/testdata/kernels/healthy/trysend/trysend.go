// Package trysend never waits for who may have gone.
package trysend

import (
	"context"
	"errors"
	"time"
)

type Event struct{ Name string }

type Bus struct{ subs []chan Event }

func (b *Bus) Publish(e Event) (dropped int) {
	for _, s := range b.subs {
		t := time.NewTimer(10 * time.Millisecond)
		select {
		case s <- e:
		case <-t.C:
			dropped++
		}
		t.Stop()
	}
	return dropped
}

func Try(ctx context.Context, slow func() error) error {
	res := make(chan error)
	go func() {
		err := slow()
		select {
		case res <- err:
		default:
			select {
			case res <- err:
			case <-ctx.Done():
			}
		}
	}()
	select {
	case err := <-res:
		return err
	case <-ctx.Done():
		return errors.New("gone")
	}
}
