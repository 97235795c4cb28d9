// Command random builds random graphs of goroutines, things to wait for, and boxes that refer to them, runs them until
// every goroutine is parked, dumps its heap and prints which goroutines can never run again. That is computed from the
// description of each graph, which is numbers only, before anything is built from it.
//
//	random -dump FILE [-seed 1] [-cases 50]
package main

import (
	"flag"
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"runtime/debug"

	"example.com/heap-programs/internal/truth"
)

func main() {
	dump := flag.String("dump", "", "where to write the heap dump")
	seed := flag.Int64("seed", 1, "of the graphs")
	cases := flag.Int("cases", 50, "graphs in one dump")
	flag.Parse()
	if *dump == "" {
		fmt.Fprintln(os.Stderr, "-dump FILE is needed")
		os.Exit(2)
	}
	debug.SetGCPercent(-1)
	random := rand.New(rand.NewSource(*seed))
	held := 0
	for i := 1; i <= *cases; i++ {
		g := describe(random)
		alive := g.solve()
		held += g.heldBytes(alive)
		build(g, i, alive)
	}
	truth.AwaitParked()
	runtime.GC() // clears what building left in dead frames and caches
	truth.AwaitParked()
	truth.Dump(*dump)
	truth.AskRuntime()
	runtime.KeepAlive(globals)
	truth.Print(*cases, held)
}
