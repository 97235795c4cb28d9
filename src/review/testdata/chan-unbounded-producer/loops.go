package numbers

import (
	"context"
	"errors"
	"time"
)

var errStop = errors.New("stop")

func generate() <-chan int {
	out := make(chan int)
	go func() {
		for n := 0; ; n++ {
			out <- n // want "high: this loop sends on out without a way out: when firstOver returns"
		}
	}()
	return out
}

func firstOver(limit int) int {
	for n := range generate() {
		if n > limit {
			return n
		}
	}
	return 0
}

func read(ctx context.Context, lines []string, use func(string) error) error {
	out := make(chan string)
	go func() {
		defer close(out)
		for _, line := range lines {
			out <- line // want "high: this loop sends on out without a way out: when read returns"
		}
	}()
	for {
		select {
		case line, ok := <-out:
			if !ok {
				return nil
			}
			if err := use(line); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

type subscriber struct{ outbox chan int }

type hub struct{ all []*subscriber }

func (h *hub) subscribe(room int, use func(int)) {
	s := &subscriber{outbox: make(chan int, room)}
	h.all = append(h.all, s)
	go func() {
		for n := range s.outbox {
			use(n)
		}
	}()
}

func (h *hub) publish(n int) {
	for _, s := range h.all {
		s.outbox <- n // want "medium: this loop sends to every s.outbox in turn without a way out"
	}
}

func (h *hub) tick(n int) {
	go h.publish(n)
}

// From here on all is well.

func generateUntil(stop <-chan struct{}) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for n := 0; ; n++ {
			select {
			case out <- n:
			case <-stop:
				return
			}
		}
	}()
	return out
}

func firstUntil(limit int) int {
	stop := make(chan struct{})
	defer close(stop)
	for n := range generateUntil(stop) {
		if n > limit {
			return n
		}
	}
	return 0
}

func takesAll(lines []string) (n int) {
	out := make(chan string)
	go func() {
		defer close(out)
		for _, line := range lines {
			out <- line
		}
	}()
	for range out {
		n++
	}
	return n
}

func drains(lines []string, use func(string) error) error {
	out := make(chan string)
	go func() {
		defer close(out)
		for _, line := range lines {
			out <- line
		}
	}()
	defer func() {
		for range out {
		}
	}()
	for line := range out {
		if err := use(line); err != nil {
			return err
		}
	}
	return nil
}

func (h *hub) tryPublish(n int) {
	for _, s := range h.all {
		select {
		case s.outbox <- n:
		case <-time.After(time.Second):
		}
	}
}

func (h *hub) tryTick(n int) {
	go h.tryPublish(n)
}

type request struct{ done chan error }

func answerAll(requests []*request) {
	go func() {
		for _, r := range requests {
			r.done <- errStop
		}
	}()
}

func ask(all *[]*request) error {
	r := &request{done: make(chan error)}
	*all = append(*all, r)
	return <-r.done
}
