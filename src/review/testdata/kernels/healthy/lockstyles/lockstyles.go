// Package lockstyles locks and unlocks in uncommon places.
package lockstyles

import (
	"errors"
	"sync"
)

type T struct {
	mu     sync.Mutex
	rw     sync.RWMutex
	cond   *sync.Cond
	safe   bool
	n      int
	queue  []int
	closed bool
	next   *T
}

// Begin and End are a pair that callers use.
func (t *T) Begin() { t.mu.Lock() }

func (t *T) End() { t.mu.Unlock() }

func (t *T) BeginIf() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return errors.New("closed")
	}
	return nil
}

func (t *T) Maybe() {
	if t.safe {
		t.mu.Lock()
		defer t.mu.Unlock()
	}
	t.n++
}

func (t *T) Twice() {
	if t.safe {
		t.mu.Lock()
	}
	t.n++
	if t.safe {
		t.mu.Unlock()
	}
}

func (t *T) Flagged(fast bool) (err error) {
	locked := false
	defer func() {
		if locked {
			t.mu.Unlock()
		}
	}()
	if fast {
		return nil
	}
	t.mu.Lock()
	locked = true
	if t.n > 0 {
		return errors.New("busy")
	}
	t.n = 1
	return nil
}

func (t *T) Take() (int, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.queue) == 0 {
		if t.closed {
			return 0, false
		}
		t.cond.Wait()
	}
	v := t.queue[0]
	t.queue = t.queue[1:]
	return v, true
}

// Last goes hand over hand along a list.
func (t *T) Last() *T {
	t.mu.Lock()
	at := t
	for at.next != nil {
		next := at.next
		next.mu.Lock()
		at.mu.Unlock()
		at = next
	}
	at.mu.Unlock()
	return at
}

func (t *T) Worker(f func(int)) {
	t.mu.Lock()
	for !t.closed {
		if len(t.queue) == 0 {
			t.cond.Wait()
			continue
		}
		v := t.queue[0]
		t.queue = t.queue[1:]
		t.mu.Unlock()
		f(v)
		t.mu.Lock()
	}
	t.mu.Unlock()
}

func (t *T) ValueFunc() int {
	unlock := t.mu.Unlock
	t.mu.Lock()
	defer unlock()
	return t.n
}

func (t *T) ReadThenWrite() int {
	t.rw.RLock()
	n := t.n
	if n > 0 {
		t.rw.RUnlock()
		return n
	}
	t.rw.RUnlock()
	t.rw.Lock()
	defer t.rw.Unlock()
	t.n++
	return t.n
}

func (t *T) MustHave(key int) int {
	t.rw.RLock()
	if key >= len(t.queue) {
		t.rw.RUnlock()
		panic("no such key")
	}
	v := t.queue[key]
	t.rw.RUnlock()
	return v
}

func (t *T) Async(done func()) {
	t.mu.Lock()
	go func() {
		defer t.mu.Unlock()
		done()
	}()
}

func All(ts []*T, f func()) {
	for _, t := range ts {
		t.mu.Lock()
		defer t.mu.Unlock()
	}
	f()
}

func Both(a, b *T) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !b.mu.TryLock() {
		return false
	}
	defer b.mu.Unlock()
	return a.n == b.n
}

func (t *T) Switch(kind int) (n int) {
	t.mu.Lock()
	switch kind {
	case 0:
		n = t.n
	case 1:
		n = -t.n
	default:
		t.mu.Unlock()
		return 0
	}
	t.mu.Unlock()
	return n
}

func (t *T) Reader() sync.Locker { return t.rw.RLocker() }

func (t *T) Retry(f func() error) error {
	for {
		t.mu.Lock()
		err := f()
		t.mu.Unlock()
		if err == nil {
			return nil
		}
		if t.closed {
			return err
		}
	}
}

func (t *T) Goto(n int) {
	t.mu.Lock()
	if n < 0 {
		goto out
	}
	t.n = n
out:
	t.mu.Unlock()
}

type keyed struct {
	mu    sync.Mutex
	locks map[string]*sync.Mutex
}

func (k *keyed) Lock(key string) func() {
	k.mu.Lock()
	m, ok := k.locks[key]
	if !ok {
		m = new(sync.Mutex)
		k.locks[key] = m
	}
	k.mu.Unlock()
	m.Lock()
	return m.Unlock
}

func (k *keyed) Do(key string, f func()) {
	unlock := k.Lock(key)
	defer unlock()
	f()
}
