package ways

import (
	"errors"
	"sync"
)

type box struct {
	mu   sync.Mutex
	rw   sync.RWMutex
	cond *sync.Cond
	n    int
}

func (b *box) bothWays(x bool) int {
	b.mu.Lock()
	if x {
		b.mu.Unlock()
		return 0
	}
	defer b.mu.Unlock()
	return b.n
}

func (b *box) forgets(x int) error {
	b.rw.RLock() // want "high: b.rw is still locked when the function returns on line 29"
	switch {
	case x > 1:
		return errors.New("too many")
	case x < 0:
		b.rw.RUnlock()
		return nil
	}
	b.rw.RUnlock()
	return nil
}

func (b *box) loop(values []int) {
	for _, v := range values {
		b.mu.Lock() // want "when the loop comes back to line 40 and locks it again"
		if v == 0 {
			continue
		}
		b.n += v
		b.mu.Unlock()
	}
}

func (b *box) lockBoth(o *box) {
	b.mu.Lock()
	o.mu.Lock()
}

func (b *box) freeze(x bool) bool {
	b.mu.Lock()
	if x {
		b.mu.Unlock()
	}
	return x
}

func (b *box) conditional(shared bool) int {
	if shared {
		b.mu.Lock()
	}
	n := b.n
	if shared {
		b.mu.Unlock()
	}
	return n
}

func (b *box) relocked(wait func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.Unlock()
	wait()
	b.mu.Lock()
	b.n++
}

func (b *box) held(wait func()) {
	b.mu.Unlock()
	wait()
	b.mu.Lock()
}

func (b *box) helper(x bool) {
	b.mu.Lock()
	if x {
		b.finish()
		return
	}
	b.mu.Unlock()
}

func (b *box) finish() {
	b.n++
	b.mu.Unlock()
}

func (b *box) closure() int {
	b.mu.Lock()
	done := func(n int) int {
		b.mu.Unlock()
		return n
	}
	if b.n == 0 {
		return done(1)
	}
	return done(2)
}

func (b *box) given(x bool) func() {
	b.mu.Lock()
	if x {
		b.mu.Unlock()
		return nil
	}
	return b.mu.Unlock
}

func (b *box) panics(x bool) {
	b.mu.Lock()
	if x {
		panic("x")
	}
	b.mu.Unlock()
}

func (b *box) waits() {
	b.cond.L.Lock()
	for b.n == 0 {
		b.cond.Wait()
	}
	b.cond.L.Unlock()
}

type embedded struct {
	sync.Mutex
	n int
}

func (e *embedded) take() error {
	e.Lock() // want "e is still locked when the function returns on line 147"
	if e.n == 0 {
		return errors.New("none")
	}
	e.n--
	e.Unlock()
	return nil
}

func (b *box) wrong() int {
	b.rw.Lock()
	defer b.rw.RUnlock() // want "b.rw is locked with Lock and released with RUnlock"
	return b.n
}
