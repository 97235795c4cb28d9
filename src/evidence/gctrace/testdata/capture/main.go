// Prints GC and scavenger trace lines (GODEBUG=gctrace=1,scavtrace=1) on standard error between log lines of its own, and
// on standard output what runtime.MemStats says of the same cycles. Builds with every Go from 1.10.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

var (
	live [][]byte
	sink []byte
)

func main() {
	done := make(chan bool)
	go func() {
		// Written beside the trace lines and sometimes into them: the runtime writes every operand on its own.
		for n := 0; ; n++ {
			select {
			case <-done:
				done <- true
				return
			default:
				fmt.Fprintf(os.Stderr, "%s order %d accepted in 0.%d s\n", time.Now().Format("2006/01/02 15:04:05"), n, n)
				time.Sleep(300 * time.Microsecond)
			}
		}
	}()
	for i := 0; i < 60; i++ {
		live = append(live, make([]byte, 256<<10))
		for j := 0; j < 40; j++ {
			sink = make([]byte, 32<<10)
		}
		if i%15 == 14 {
			runtime.GC()
		}
	}
	live = live[:20]
	debug.FreeOSMemory()
	time.Sleep(20 * time.Millisecond)
	debug.FreeOSMemory()
	runtime.GC()
	done <- true
	<-done
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Printf("{\"go\": %q, \"NumGC\": %d, \"NumForcedGC\": %d, \"PauseTotalNs\": %d, \"GOMAXPROCS\": %d}\n",
		runtime.Version(), m.NumGC, m.NumForcedGC, m.PauseTotalNs, runtime.GOMAXPROCS(0))
}
