// Ways in which a receiver leaves before it receives.
package parcels

import (
	"context"
	"errors"
	"sync"
	"time"
)

type report struct{ weight int }

var errLate = errors.New("too late")

func weigh(id int) report { return report{id} }

func check(id int) error {
	if id < 0 {
		return errLate
	}
	return nil
}

func early(id int) (report, error) {
	answer := make(chan report)
	go func() {
		answer <- weigh(id) // want "high: this send on answer waits for ever when early returns"
	}()
	if err := check(id); err != nil {
		return report{}, err
	}
	return <-answer, nil
}

func timeout(id int) (report, error) {
	answer := make(chan report, 0)
	go func() {
		answer <- weigh(id) // want "high: this send on answer"
	}()
	select {
	case r := <-answer:
		return r, nil
	case <-time.After(time.Second):
	}
	return report{}, errLate
}

type scale struct{ factor int }

func (s *scale) weigh(id int, out chan<- report) {
	r := weigh(id * s.factor)
	out <- r // want "high: this send on out waits for ever when byMethod returns"
}

func (s *scale) byMethod(ctx context.Context, id int) (report, error) {
	answer := make(chan report)
	go s.weigh(id, answer)
	select {
	case <-ctx.Done():
		return report{}, ctx.Err()
	case r := <-answer:
		return r, nil
	}
}

// The sender goes through two helpers.
func send(out chan<- report, r report) {
	out <- r // want "high: this send on out waits for ever when throughHelpers returns"
}

func prepare(out chan<- report, id int) {
	send(out, weigh(id))
}

func throughHelpers(ctx context.Context, id int) *report {
	answer := make(chan report)
	alias := answer
	go prepare(alias, id)
	select {
	case r := <-answer:
		return &r
	case <-ctx.Done():
		return nil
	}
}

func waitsFirst(ids []int) []error {
	var wg sync.WaitGroup
	errs := make(chan error)
	wg.Add(1)
	go func() {
		defer wg.Done()
		errs <- check(ids[0]) // want "high: this send on errs waits for ever: nobody receives"
	}()
	wg.Wait()
	return []error{<-errs}
}

func defaultTooSoon(id int) bool {
	answer := make(chan bool)
	go func() {
		answer <- check(id) == nil // want "high: this send on answer"
	}()
	select {
	case ok := <-answer:
		return ok
	default:
		return false
	}
}

func oneOfTwo(ctx context.Context, id int) (report, error) {
	result := make(chan report)
	failed := make(chan error)
	go func() {
		if err := check(id); err != nil {
			failed <- err // want "high: this send on failed"
			return
		}
		result <- weigh(id) // want "high: this send on result"
	}()
	select {
	case r := <-result:
		return r, nil
	case err := <-failed:
		return report{}, err
	case <-ctx.Done():
		return report{}, ctx.Err()
	}
}

func perItem(ctx context.Context, ids []int) int {
	total := 0
	for _, id := range ids {
		one := make(chan report)
		go func() {
			one <- weigh(id) // want "high: this send on one waits for ever when perItem goes on to the next one"
		}()
		select {
		case r := <-one:
			total += r.weight
		case <-time.After(time.Millisecond):
		}
	}
	return total
}

func sprint(ctx context.Context) {
	ready := make(chan struct{})
	timer := time.AfterFunc(time.Second, func() {
		ready <- struct{}{} // want "high: this send on ready"
	})
	defer timer.Stop()
	select {
	case <-ready:
	case <-ctx.Done():
	}
}

func inGroup(id int) error {
	var wg sync.WaitGroup
	failed := make(chan error)
	wg.Go(func() {
		failed <- check(id) // want "high: this send on failed"
	})
	if id == 0 {
		return nil
	}
	return <-failed
}

func generic[T any](make1 func() T, stop <-chan struct{}) (T, bool) {
	answer := make(chan T)
	go func() { answer <- make1() }() // want "high: this send on answer"
	select {
	case v := <-answer:
		return v, true
	case <-stop:
		var zero T
		return zero, false
	}
}

func literalHandler(handle func(func(context.Context, int) int)) {
	handle(func(ctx context.Context, id int) int {
		answer := make(chan int)
		go func() {
			answer <- id // want "high: this send on answer"
		}()
		select {
		case n := <-answer:
			return n
		case <-ctx.Done():
			return 0
		}
	})
}
