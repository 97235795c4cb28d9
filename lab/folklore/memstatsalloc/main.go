// Memstatsalloc shows what MemStats.Alloc, HeapAlloc, TotalAlloc and Mallocs count.
package main

import (
	"math"
	"runtime"
	"runtime/debug"

	"example.com/hemostat-lab/folklore/observe"
)

const (
	blocks    = 64
	blockSize = 1 << 20
)

func main() {
	debug.SetGCPercent(-1)
	start := observe.AfterGC()
	kept := make([][]byte, blocks)
	for i := range kept {
		kept[i] = make([]byte, blockSize)
	}
	holding := observe.Now()
	runtime.KeepAlive(kept)
	kept = nil
	garbage := observe.Now()
	collected := observe.AfterGC()

	observe.Report(map[string]interface{}{
		"blocks":             blocks,
		"holding":            since(start, holding),
		"droppedNotYetSwept": since(start, garbage),
		"collected":          since(start, collected),
	})
}

func since(start, now runtime.MemStats) map[string]interface{} {
	return map[string]interface{}{
		"allocMB":          math.Round(float64(int64(now.Alloc)-int64(start.Alloc))/1e5) / 10,
		"totalAllocMB":     observe.MB(now.TotalAlloc - start.TotalAlloc),
		"mallocs":          now.Mallocs - start.Mallocs,
		"frees":            now.Frees - start.Frees,
		"allocIsHeapAlloc": now.Alloc == now.HeapAlloc,
	}
}
