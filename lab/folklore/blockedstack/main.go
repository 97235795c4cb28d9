// Blockedstack shows that a collection scans the stacks of goroutines that are blocked for ever.
package main

import (
	"runtime"
	"time"

	"example.com/hemostat-lab/folklore/observe"
)

const blockSize = 64 << 20

func main() {
	start := observe.AfterGC().HeapAlloc

	// Needed after the wait, so it is alive on the blocked stack.
	release := make(chan struct{})
	ended := make(chan byte)
	parked := make(chan struct{})
	go func() {
		block := make([]byte, blockSize)
		block[0] = 1
		close(parked)
		<-release
		ended <- block[0]
	}()
	<-parked
	alive := grown(start)
	close(release)
	<-ended
	gone := grown(start)

	// Not needed after the wait: the stack is scanned as well, and the compiler's map of it says that the slot is dead.
	parked = make(chan struct{})
	never := make(chan struct{})
	go func() {
		block := make([]byte, blockSize)
		block[0] = 1
		close(parked)
		<-never
	}()
	<-parked
	time.Sleep(20 * time.Millisecond) // from close(parked) to the wait
	dead := grown(start)

	observe.Report(map[string]interface{}{
		"blockMB":                 observe.MB(blockSize),
		"blockedAndNeededLaterMB": alive,
		"goroutineEndedMB":        gone,
		"blockedNotNeededMB":      dead,
	})
	runtime.KeepAlive(never)
}

// grown is the live heap above start, in MB.
func grown(start uint64) float64 {
	now := observe.AfterGC().HeapAlloc
	if now < start {
		return 0
	}
	return observe.MB(now - start)
}
