// Poolvictim watches how long a sync.Pool keeps an object that nobody takes.
package main

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"example.com/hemostat-lab/folklore/observe"
)

type object struct {
	id int
	_  [1024]byte
}

func main() {
	runtime.GOMAXPROCS(1) // the object stays with the processor that put it
	debug.SetGCPercent(-1)

	// What Get returns after a number of collections.
	returned := []bool{}
	for collections := 0; collections <= 3; collections++ {
		var pool sync.Pool
		pool.Put(&object{id: 7})
		for i := 0; i < collections; i++ {
			runtime.GC()
		}
		o, _ := pool.Get().(*object)
		returned = append(returned, o != nil && o.id == 7)
	}

	// When the object itself is freed: its finalizer tells.
	freed := []bool{}
	var dead int32
	pool := new(sync.Pool)
	put(pool, &dead)
	for collections := 1; collections <= 3; collections++ {
		runtime.GC()
		time.Sleep(50 * time.Millisecond) // finalizers run in a goroutine of their own
		freed = append(freed, atomic.LoadInt32(&dead) == 1)
	}
	runtime.KeepAlive(pool)

	observe.Report(map[string]interface{}{
		"getReturnsItAfterCollections0to3": returned,
		"freedAfterCollections1to3":        freed,
	})
}

//go:noinline
func put(pool *sync.Pool, dead *int32) {
	o := &object{}
	runtime.SetFinalizer(o, func(*object) { atomic.StoreInt32(dead, 1) })
	pool.Put(o)
}
