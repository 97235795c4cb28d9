package main

import (
	"context"
	"sync"
)

// wait is one way to block for ever. make returns a new object, and a function that blocks on it until somebody else
// does something with the object.
type wait struct {
	kind string
	make func() (wake interface{}, block func())
}

// paddedMutex is a mutex in a block of its own. The runtime puts objects below 16 bytes without pointers, as a sync.Mutex
// is, into one block with others, and no dump can tell which of them a pointer to the block means.
type paddedMutex struct {
	sync.Mutex
	_ [8]byte
}

// waits are the kinds that somebody could end who has the object.
var waits = []wait{
	{"send-unbuffered", func() (interface{}, func()) {
		ch := make(chan *int)
		return ch, func() { ch <- new(int) }
	}},
	{"receive-unbuffered", func() (interface{}, func()) {
		ch := make(chan int)
		return ch, func() { <-ch }
	}},
	{"send-buffered-full", func() (interface{}, func()) {
		ch := make(chan int64, 4)
		return ch, func() {
			for i := int64(0); ; i++ {
				ch <- i
			}
		}
	}},
	{"receive-buffered-empty", func() (interface{}, func()) {
		ch := make(chan string, 8)
		return ch, func() { <-ch }
	}},
	{"receive-zero-size", func() (interface{}, func()) {
		ch := make(chan struct{}, 1)
		return ch, func() { <-ch }
	}},
	{"range", func() (interface{}, func()) {
		ch := make(chan []byte)
		return ch, func() {
			for range ch {
				continue
			}
		}
	}},
	{"select-two", func() (interface{}, func()) {
		ch, other := make(chan int), make(chan string)
		return ch, func() {
			select {
			case <-ch:
			case <-other:
			}
		}
	}},
	{"select-three-with-send", func() (interface{}, func()) {
		ch, in, out := make(chan int, 1), make(chan string), make(chan []byte)
		return ch, func() {
			select {
			case <-in:
			case out <- nil:
			case <-ch:
			}
		}
	}},
	{"select-with-nil", func() (interface{}, func()) {
		ch := make(chan int)
		var none chan int
		return ch, func() {
			select {
			case <-none:
			case ch <- 1:
			}
		}
	}},
	{"semaphore-channel", func() (interface{}, func()) {
		slots := make(chan struct{}, 2)
		slots <- struct{}{}
		slots <- struct{}{}
		return slots, func() { slots <- struct{}{} }
	}},
	{"context-done", func() (interface{}, func()) {
		ctx, cancel := context.WithCancel(context.Background())
		return cancel, func() { <-ctx.Done() }
	}},
	{"mutex", func() (interface{}, func()) {
		mu := new(paddedMutex)
		mu.Lock()
		return mu, mu.Lock
	}},
	{"mutex-in-struct", func() (interface{}, func()) {
		account := &struct {
			name    string
			history []string
			mu      sync.Mutex
			balance int
		}{name: "a"}
		account.mu.Lock()
		return account, func() {
			account.mu.Lock()
			account.balance++
		}
	}},
	{"rwmutex-read", func() (interface{}, func()) {
		mu := new(sync.RWMutex)
		mu.Lock()
		return mu, mu.RLock
	}},
	{"rwmutex-write", func() (interface{}, func()) {
		mu := new(sync.RWMutex)
		mu.RLock()
		return mu, mu.Lock
	}},
	{"waitgroup", func() (interface{}, func()) {
		group := new(sync.WaitGroup)
		group.Add(1)
		return group, group.Wait
	}},
	{"cond", func() (interface{}, func()) {
		cond := sync.NewCond(new(paddedMutex))
		return cond, func() {
			cond.L.Lock()
			cond.Wait()
			cond.L.Unlock()
		}
	}},
	{"once", func() (interface{}, func()) {
		// The second caller of Do waits on the Once's mutex; the first waits for a channel.
		type state struct {
			once sync.Once
			ch   chan int
		}
		s := &state{ch: make(chan int)}
		entered := make(chan struct{})
		spawnAlong(func() {
			s.once.Do(func() {
				close(entered)
				<-s.ch
			})
		})
		<-entered
		return s, func() { s.once.Do(func() {}) }
	}},
}

// nobody are the kinds that nobody can end, whoever holds what.
var nobody = []wait{
	{"send-nil", func() (interface{}, func()) {
		var ch chan int
		return nil, func() { ch <- 1 }
	}},
	{"receive-nil", func() (interface{}, func()) {
		var ch chan int
		return nil, func() { <-ch }
	}},
	{"select-none", func() (interface{}, func()) {
		return nil, func() { select {} }
	}},
	{"select-only-nil", func() (interface{}, func()) {
		var in, out chan int
		return nil, func() {
			select {
			case <-in:
			case out <- 1:
			}
		}
	}},
}
