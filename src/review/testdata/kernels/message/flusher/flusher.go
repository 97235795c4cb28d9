// Package flusher is a component with Start and Stop whose Stop wakes nobody.
package flusher

import (
	"sync/atomic"
	"time"
)

type Flusher struct {
	stop    chan struct{}
	stopped atomic.Bool
	flush   func()
	kick    chan struct{}
}

func NewFlusher(flush func()) *Flusher {
	return &Flusher{stop: make(chan struct{}), kick: make(chan struct{}, 1), flush: flush}
}

func (f *Flusher) Start() { go f.loop() }

func (f *Flusher) loop() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select { // leak: chan-select-no-exit|goroutine-no-exit
		case <-tick.C:
			f.flush()
		case <-f.kick:
			f.flush()
		case <-f.stop:
			return
		}
	}
}

func (f *Flusher) Kick() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

func (f *Flusher) Stop() {
	f.stopped.Store(true)
	f.flush()
}

// Repaired.

type FlusherRepaired struct {
	stop    chan struct{}
	stopped atomic.Bool
	flush   func()
	kick    chan struct{}
}

func NewFlusherRepaired(flush func()) *FlusherRepaired {
	return &FlusherRepaired{stop: make(chan struct{}), kick: make(chan struct{}, 1), flush: flush}
}

func (f *FlusherRepaired) Start() { go f.loop() }

func (f *FlusherRepaired) loop() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			f.flush()
		case <-f.kick:
			f.flush()
		case <-f.stop:
			return
		}
	}
}

func (f *FlusherRepaired) Kick() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

func (f *FlusherRepaired) Stop() {
	if f.stopped.CompareAndSwap(false, true) {
		close(f.stop)
	}
	f.flush()
}
