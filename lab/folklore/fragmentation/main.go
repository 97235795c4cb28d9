// Fragmentation shows what HeapInuse - HeapAlloc is: free slots inside spans that are in use, not objects.
package main

import (
	"runtime"
	"runtime/debug"

	"example.com/hemostat-lab/folklore/observe"
)

const (
	objectSize = 512
	objects    = 200_000
	// keep one object of 16: a span of 8 KiB holds 16 of these objects.
	keep = 16
)

type object [objectSize]byte

func main() {
	debug.SetGCPercent(-1)
	all := make([]*object, objects)
	fill(all)
	full := observe.AfterGC()

	for i := range all {
		if i%keep != 0 {
			all[i] = nil
		}
	}
	sparse := observe.AfterGC()

	// The same size again: it goes into the free slots.
	fill(all)
	refilled := observe.AfterGC()
	runtime.KeepAlive(all)

	observe.Report(map[string]interface{}{
		"full":     heap(full),
		"sparse":   heap(sparse),
		"refilled": heap(refilled),
	})
}

func fill(all []*object) {
	for i := range all {
		if all[i] == nil {
			all[i] = new(object)
		}
	}
}

func heap(m runtime.MemStats) map[string]float64 {
	return map[string]float64{
		"heapAllocMB": observe.MB(m.HeapAlloc),
		"heapInuseMB": observe.MB(m.HeapInuse),
		"betweenMB":   observe.MB(m.HeapInuse - m.HeapAlloc),
	}
}
