// Command kinds has goroutines parked on everything that Go can park on: n of each kind leaked, and n of each kind that
// something alive can still wake, in as many ways as the runtime knows to keep something alive. It dumps its heap and
// prints what is true of each.
//
//	kinds -dump FILE [-n 3] [-payload 65536]
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"example.com/heap-programs/internal/truth"
)

var payloadSize int

func main() {
	dump := flag.String("dump", "", "where to write the heap dump")
	n := flag.Int("n", 3, "goroutines of each kind, leaked and alive each")
	flag.IntVar(&payloadSize, "payload", 64<<10, "bytes that each goroutine holds")
	flag.Parse()
	if *dump == "" {
		fmt.Fprintln(os.Stderr, "-dump FILE is needed")
		os.Exit(2)
	}
	// Pools and finalizers depend on when collections happen: only where this program says so.
	debug.SetGCPercent(-1)
	blockFinalizers()

	leaked := 0
	for i := 0; i < *n; i++ {
		leaked += startLeaked(i)
	}
	local := startAlive(*n)
	truth.AwaitParked("holder-spinning")
	runtime.GC() // clears what the start left in dead frames and caches, and queues finalizers
	fillPool()
	runtime.GC()
	truth.AwaitParked("holder-spinning")

	// One processor, so that a goroutine that is started here has not run when the world stops.
	runtime.GOMAXPROCS(1)
	startUnstarted()
	truth.Dump(*dump)
	runtime.GOMAXPROCS(2)

	truth.AskRuntime()
	runtime.KeepAlive(local)
	keepGlobals()
	truth.Print(0, leaked*payloadSize)
}

// spawn starts a goroutine of a kind that blocks for ever in wait, with a buffer of its own in its frame.
func spawn(kind string, leaked bool, why string, wait func()) {
	truth.Go(truth.Goroutine{Kind: kind, Leaked: leaked, Why: why, Payload: payloadSize}, func() {
		payload := make([]byte, payloadSize)
		for i := 0; i < len(payload); i += 512 {
			payload[i] = byte(i >> 9)
		}
		wait()
		runtime.KeepAlive(payload)
	})
}
