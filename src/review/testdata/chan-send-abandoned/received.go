// Senders that always find a receiver, room, or a way out; and channels that are out of sight.
package parcels

import (
	"context"
	"errors"
	"sync"
	"time"
)

var errBad = errors.New("bad")

func work(id int) error {
	if id < 0 {
		return errBad
	}
	return nil
}

func room(ctx context.Context, id int) error {
	done := make(chan error, 1)
	go func() { done <- work(id) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func always(id int) error {
	done := make(chan error)
	go func() { done <- work(id) }()
	if id == 3 {
		return <-done
	}
	return <-done
}

func wayOut(ctx context.Context, id int) error {
	done := make(chan error)
	go func() {
		select {
		case done <- work(id):
		case <-ctx.Done():
		}
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func drained(ctx context.Context, id int) error {
	done := make(chan error)
	go func() { done <- work(id) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		go func() { <-done }()
		return ctx.Err()
	}
}

func waitsThenReturns(ctx context.Context, id int, cancel func()) error {
	done := make(chan error)
	go func() { done <- work(id) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		cancel()
		<-done
		return ctx.Err()
	}
}

func deferredReceive(id int) error {
	done := make(chan struct{})
	go func() {
		_ = work(id)
		done <- struct{}{}
	}()
	defer func() { <-done }()
	if id > 5 {
		return errBad
	}
	return nil
}

func sameCondition(id int, async bool) {
	done := make(chan error)
	if async {
		go func() { done <- work(id) }()
	}
	_ = work(id + 1)
	if !async {
		return
	}
	<-done
}

func flag(id int) {
	done := make(chan error)
	started := false
	if id > 3 {
		started = true
		go func() { done <- work(id) }()
	}
	if started {
		<-done
	}
}

func xor(id int) (int, error) {
	result := make(chan int)
	failed := make(chan error)
	go func() {
		if err := work(id); err != nil {
			failed <- err
			return
		}
		result <- id
	}()
	select {
	case n := <-result:
		return n, nil
	case err := <-failed:
		return 0, err
	}
}

func stopChannel(id int) error {
	done := make(chan error)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case done <- work(id):
		case <-stop:
		}
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Second):
		return errBad
	}
}

type holder struct{ done chan error }

func stored(h *holder, id int) {
	done := make(chan error)
	h.done = done
	go func() { done <- work(id) }()
}

func returned(id int) <-chan error {
	done := make(chan error)
	go func() { done <- work(id) }()
	return done
}

func passedOn(id int, keep func(chan error)) {
	done := make(chan error)
	go func() { done <- work(id) }()
	keep(done)
}

func sentOn(all chan<- chan error, id int) {
	done := make(chan error)
	go func() { done <- work(id) }()
	all <- done
}

func unknownRoom(n func() int, ctx context.Context) {
	done := make(chan error, n())
	go func() { done <- work(1) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

func nonBlocking(id int) {
	done := make(chan error)
	go func() {
		select {
		case done <- work(id):
		default:
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}

func joined(ids []int) error {
	var wg sync.WaitGroup
	errs := make(chan error)
	for _, id := range ids {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs <- work(id)
		}()
	}
	go func() {
		wg.Wait()
		close(errs)
	}()
	var first error
	for err := range errs {
		if first == nil {
			first = err
		}
	}
	return first
}

func panics(id int) error {
	done := make(chan error)
	go func() { done <- work(id) }()
	if id < -10 {
		panic("no such parcel")
	}
	return <-done
}

func recovers(id int) error {
	failed := make(chan error)
	done := make(chan error)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				failed <- errBad
			}
		}()
		done <- work(id)
	}()
	select {
	case err := <-done:
		return err
	case err := <-failed:
		return err
	}
}

func listens(ids []int) (failed int) {
	errs := make(chan error)
	finished := make(chan struct{})
	all := make(chan struct{})
	go func() {
		n := 0
		for {
			select {
			case <-errs:
				failed++
			case <-finished:
				n++
				if n == len(ids) {
					close(all)
					return
				}
			}
		}
	}()
	for _, id := range ids {
		go func() {
			if err := work(id); err != nil {
				errs <- err
			}
			finished <- struct{}{}
		}()
	}
	<-all
	return failed
}
