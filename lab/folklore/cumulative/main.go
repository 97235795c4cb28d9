// Cumulative shows a process that keeps nothing while TotalAlloc and alloc_space rise, and in-use/alloc falls.
package main

import (
	"math"
	"runtime"

	"example.com/hemostat-lab/folklore/observe"
)

// rounds of ten megabytes of garbage each.
const rounds = 5

// sink makes the compiler put the blocks on the heap.
var sink []byte

func main() {
	runtime.MemProfileRate = 1
	keep := make([]byte, 4<<20)
	var totalAlloc, allocSpace, inuseSpace, live, share []float64
	for i := 0; i < rounds; i++ {
		for j := 0; j < 160; j++ {
			sink = make([]byte, 64<<10)
		}
		sink = nil
		m := observe.AfterGC()
		inuse, alloc := profile()
		totalAlloc = append(totalAlloc, observe.MB(m.TotalAlloc))
		live = append(live, observe.MB(m.HeapAlloc))
		allocSpace = append(allocSpace, observe.MB(uint64(alloc)))
		inuseSpace = append(inuseSpace, observe.MB(uint64(inuse)))
		share = append(share, math.Round(1000*float64(inuse)/float64(alloc))/1000)
	}
	runtime.KeepAlive(keep)
	observe.Report(map[string]interface{}{
		"totalAllocMB": totalAlloc,
		"allocSpaceMB": allocSpace,
		"inuseSpaceMB": inuseSpace,
		"liveMB":       live,
		"inuseByAlloc": share,
	})
}

// profile sums the heap profile: inuse_space and alloc_space in bytes.
func profile() (inuse, alloc int64) {
	records := make([]runtime.MemProfileRecord, 2000)
	n, ok := runtime.MemProfile(records, true)
	if !ok {
		panic("more than 2000 allocation sites")
	}
	for i := range records[:n] {
		inuse += records[i].InUseBytes()
		alloc += records[i].AllocBytes
	}
	return inuse, alloc
}
