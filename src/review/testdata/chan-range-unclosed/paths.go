package resize

import (
	"errors"
	"sync"
)

var errName = errors.New("no name")

func shrink(name string) error { return nil }

func never(names []string) {
	work := make(chan string)
	go func() {
		for name := range work { // want "high: this loop over work never ends"
			_ = shrink(name)
		}
	}()
	for _, name := range names {
		work <- name
	}
}

func onError(names []string) error {
	work := make(chan string, len(names))
	for range 4 {
		go consume(work)
	}
	for _, name := range names {
		if name == "" {
			return errName
		}
		work <- name
	}
	close(work)
	return nil
}

func consume(work <-chan string) {
	for name := range work { // want "high: this loop over work never ends"
		_ = shrink(name)
	}
}

// The function itself waits: the closer waits for a worker that may not say Done.
func collect(names []string) (all []string) {
	out := make(chan string)
	go func() {
		for _, name := range names {
			out <- name
		}
	}()
	for name := range out { // want "high: this loop over out never ends: nobody closes the channel on this way"
		all = append(all, name)
	}
	return all
}

type pool struct {
	jobs chan string
}

func newPool() *pool {
	p := &pool{jobs: make(chan string)}
	go p.work()
	return p
}

func (p *pool) work() {
	for job := range p.jobs { // want "medium: this loop over p.jobs never ends: nothing in the package closes"
		_ = shrink(job)
	}
}

func (p *pool) add(name string) { p.jobs <- name }

// From here on all is well.

func closed(names []string) {
	work := make(chan string)
	go func() {
		for name := range work {
			_ = shrink(name)
		}
	}()
	for _, name := range names {
		work <- name
	}
	close(work)
}

func deferred(names []string) error {
	work := make(chan string)
	defer close(work)
	go func() {
		for name := range work {
			_ = shrink(name)
		}
	}()
	for _, name := range names {
		if name == "" {
			return errName
		}
		work <- name
	}
	return nil
}

func closedByLast(names []string) (all []string) {
	var wg sync.WaitGroup
	out := make(chan string)
	wg.Add(len(names))
	for _, name := range names {
		go func() {
			defer wg.Done()
			out <- name
		}()
	}
	go func() {
		wg.Wait()
		close(out)
	}()
	for name := range out {
		all = append(all, name)
	}
	return all
}

func stage(in <-chan string) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		for name := range in {
			out <- name
		}
	}()
	return out
}

func source(names []string) <-chan string {
	out := make(chan string)
	go func() {
		for _, name := range names {
			out <- name
		}
		close(out)
	}()
	return out
}

func pipeline(names []string) (n int) {
	for range stage(stage(source(names))) {
		n++
	}
	return n
}

type closing struct {
	jobs chan string
}

func newClosing() *closing {
	c := &closing{jobs: make(chan string)}
	go func() {
		for job := range c.jobs {
			_ = shrink(job)
		}
	}()
	return c
}

func (c *closing) add(name string) { c.jobs <- name }
func (c *closing) stop()           { close(c.jobs) }

func bothSides(names []string) (all []string) {
	work, out := make(chan string), make(chan string)
	var wg sync.WaitGroup
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for name := range work {
				out <- name
			}
		}()
	}
	go func() {
		defer close(work)
		for _, name := range names {
			work <- name
		}
	}()
	go func() {
		wg.Wait()
		close(out)
	}()
	for name := range out {
		all = append(all, name)
	}
	return all
}
