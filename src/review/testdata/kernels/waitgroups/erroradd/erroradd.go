// Package erroradd counts a goroutine and then does not start it.
package erroradd

import "sync"

type Pool struct {
	wg sync.WaitGroup
}

func (p *Pool) Start(open func() (func(), error)) error {
	p.wg.Add(1) // leak: waitgroup-misuse
	run, err := open()
	if err != nil {
		return err
	}
	go func() {
		defer p.wg.Done()
		run()
	}()
	return nil
}

func (p *Pool) Stop() { p.wg.Wait() }

// Repaired.

type PoolRepaired struct {
	wg sync.WaitGroup
}

func (p *PoolRepaired) Start(open func() (func(), error)) error {
	run, err := open()
	if err != nil {
		return err
	}
	p.wg.Add(1)
	go func() {
		defer p.wg.Done()
		run()
	}()
	return nil
}

func (p *PoolRepaired) Stop() { p.wg.Wait() }
