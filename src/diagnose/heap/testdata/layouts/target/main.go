// Command target is built by each toolchain so that its DWARF can be read. It uses what the table is about, for the
// linker drops the types that nothing refers to.
package main

import (
	"sync"
	"time"
)

func main() {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	pool := sync.Pool{New: func() any { return new(int) }}
	pool.Put(pool.Get())
	done := make(chan int)
	go func() {
		mu.Lock()
		cond.Signal()
		mu.Unlock()
		done <- 1
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}
