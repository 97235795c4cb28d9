// Poolshared uses one pool from many goroutines and looks for an object that two of them have at the same time.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"

	"example.com/hemostat-lab/folklore/observe"
)

type object struct {
	users int32
	_     [256]byte
}

const (
	goroutines = 16
	rounds     = 20_000
)

func main() {
	var made, nils, twice int64
	pool := sync.Pool{New: func() interface{} {
		atomic.AddInt64(&made, 1)
		return &object{}
	}}
	var wg sync.WaitGroup
	for g := 0; g < goroutines; g++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < rounds; i++ {
				o, ok := pool.Get().(*object)
				if !ok {
					atomic.AddInt64(&nils, 1)
					continue
				}
				if atomic.AddInt32(&o.users, 1) != 1 {
					atomic.AddInt64(&twice, 1)
				}
				if i%64 == 0 {
					runtime.Gosched()
				}
				atomic.AddInt32(&o.users, -1)
				pool.Put(o)
			}
		}()
	}
	wg.Wait()
	var without sync.Pool
	observe.Report(map[string]interface{}{
		"goroutines":    goroutines,
		"gets":          goroutines * rounds,
		"made":          made,
		"nilWithNew":    nils,
		"heldByTwo":     twice,
		"nilWithoutNew": without.Get() == nil,
	})
}
