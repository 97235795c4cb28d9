// Poolvalue counts allocations of one Get and Put for pools of values and of pointers.
package main

import (
	"runtime/debug"
	"sync"
	"testing"

	"example.com/hemostat-lab/folklore/observe"
)

type page [1024]byte

const runs = 1000

func main() {
	debug.SetGCPercent(-1) // a collection would empty the pools and add allocations of its own
	values := sync.Pool{New: func() interface{} { return page{} }}
	slices := sync.Pool{New: func() interface{} { return make([]byte, 0, 1024) }}
	pointers := sync.Pool{New: func() interface{} { return new(page) }}

	value := measure(func() {
		p := values.Get().(page)
		p[0]++
		values.Put(p)
	})
	slice := measure(func() {
		b := slices.Get().([]byte)
		b = append(b[:0], 'x')
		slices.Put(b)
	})
	pointer := measure(func() {
		p := pointers.Get().(*page)
		p[0]++
		pointers.Put(p)
	})
	observe.Report(map[string]interface{}{"arrayByValue": value, "slice": slice, "pointer": pointer})
}

// measure returns allocations and bytes of one call of f.
func measure(f func()) map[string]float64 {
	allocs := testing.AllocsPerRun(runs, f)
	before := observe.Now().TotalAlloc
	for i := 0; i < runs; i++ {
		f()
	}
	bytes := observe.Now().TotalAlloc - before
	return map[string]float64{"allocs": allocs, "bytes": float64(bytes / runs)}
}
