package counts

import (
	"errors"
	"sync"
)

type pool struct {
	wg   sync.WaitGroup
	open bool
}

type other struct{ wg sync.WaitGroup }

func (p *pool) start(check func() error, run func()) error {
	p.wg.Add(1) // want "high: p.wg is counted up here, and the goroutine that counts it down is not started on the way to line 18"
	if err := check(); err != nil {
		return err
	}
	go func() {
		defer p.wg.Done()
		run()
	}()
	return nil
}

func (p *pool) stop() { p.wg.Wait() }

func (o *other) start(run func()) {
	o.wg.Add(1)
	go func() {
		defer o.wg.Done()
		run()
	}()
}

func (o *other) stop() { o.wg.Wait() }

type undone struct{ tasks sync.WaitGroup }

func (u *undone) start(check func() error, run func()) error {
	u.tasks.Add(1)
	if err := check(); err != nil {
		u.tasks.Done()
		return err
	}
	go func() {
		defer u.tasks.Done()
		run()
	}()
	return nil
}

func (u *undone) stop() { u.tasks.Wait() }

type handed struct{ jobs sync.WaitGroup }

func (h *handed) start(check func() error, run func()) error {
	h.jobs.Add(1)
	if err := check(); err != nil {
		h.failed()
		return err
	}
	go func() {
		defer h.jobs.Done()
		run()
	}()
	return nil
}

func (h *handed) failed() { h.jobs.Done() }

func (h *handed) stop() { h.jobs.Wait() }

type lent struct{ group sync.WaitGroup }

func (l *lent) start(check func() error, run func()) error {
	l.group.Add(1)
	if err := check(); err != nil {
		countDown(&l.group)
		return err
	}
	go func() {
		defer l.group.Done()
		run()
	}()
	return nil
}

func countDown(group *sync.WaitGroup) { group.Done() }

func (l *lent) stop() { l.group.Wait() }

func returnsFirst(ok bool, run func()) error {
	var wg sync.WaitGroup
	wg.Add(1)
	if !ok {
		return errors.New("nobody waits on this way")
	}
	go func() {
		defer wg.Done()
		run()
	}()
	wg.Wait()
	return nil
}

func deferredWait(run func()) {
	var wg sync.WaitGroup
	wg.Add(1)
	defer wg.Wait()
	go func() {
		defer wg.Done()
		run()
	}()
}

func countedLate(run func()) {
	var wg sync.WaitGroup
	go func() {
		defer wg.Done()
		run()
	}()
	wg.Add(1)
	wg.Wait()
}

func sameCondition(ok bool, run func()) {
	var wg sync.WaitGroup
	if ok {
		wg.Add(1)
	}
	run()
	if ok {
		go func() {
			defer wg.Done()
			run()
		}()
	}
	wg.Wait()
}

func skips(items []int, run func(int)) {
	var wg sync.WaitGroup
	for _, item := range items {
		wg.Add(1) // want "high: wg is counted up here, and the goroutine"
		if item == 0 {
			continue
		}
		go func() {
			defer wg.Done()
			run(item)
		}()
	}
	wg.Wait()
}

func all(items []int, run func(int)) {
	var wg sync.WaitGroup
	wg.Add(len(items)) // want "high: wg is counted up for each of items, and the loop passes some by"
	for _, item := range items {
		if item == 0 {
			continue
		}
		go func() {
			defer wg.Done()
			run(item)
		}()
	}
	wg.Wait()
}

func allCounted(items []int, run func(int)) {
	var wg sync.WaitGroup
	wg.Add(len(items))
	for _, item := range items {
		if item == 0 {
			wg.Done()
			continue
		}
		go func() {
			defer wg.Done()
			run(item)
		}()
	}
	wg.Wait()
}

func among(items []int, run func(int)) {
	var wg sync.WaitGroup
	wg.Add(len(items))
	for _, item := range items {
		go func() {
			defer wg.Done()
			run(item)
		}()
		wg.Wait() // want "high: wg.Wait is in the loop that starts the goroutines"
	}
}

func last(items []int, run func(int)) {
	var wg sync.WaitGroup
	wg.Add(len(items))
	for i, item := range items {
		go func() {
			defer wg.Done()
			run(item)
		}()
		if i == len(items)-1 {
			wg.Wait()
		}
	}
}

func rounds(items []int, run func(int)) {
	var wg sync.WaitGroup
	for range 3 {
		wg.Add(len(items))
		for _, item := range items {
			go func() {
				defer wg.Done()
				run(item)
			}()
		}
		wg.Wait()
	}
}
