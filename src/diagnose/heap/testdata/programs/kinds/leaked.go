package main

import "runtime"

// spawnAlong starts a goroutine that a wait needs beside its own; both come to the same.
func spawnAlong(block func()) {
	spawn("once-first", fate.leaked, fate.why, block)
	fate.extra++
}

// fate is what becomes of the goroutines that are being started.
var fate struct {
	leaked bool
	why    string
	extra  int
}

// startLeaked starts one goroutine of each kind, and of each way in which something dead refers to what it waits for.
// It returns how many goroutines that is.
func startLeaked(round int) int {
	count := 0
	start := func(kind, why string, block func()) {
		spawn(kind, true, why, block)
		count++
	}
	fate.leaked, fate.why, fate.extra = true, "nobody else has the object", 0
	for _, w := range waits {
		_, block := w.make()
		start(w.kind, fate.why, block)
	}
	for _, w := range nobody {
		_, block := w.make()
		start(w.kind, "nobody can ever end this wait", block)
	}
	for _, w := range waits {
		why := "only another leaked goroutine has the object"
		fate.why = why
		wake, block := w.make()
		start(w.kind, why, block)
		dead := make(chan int)
		start("chain-leaked", "it waits for a channel that nobody else has", func() {
			<-dead
			runtime.KeepAlive(wake)
		})
	}
	// Two that wait for each other.
	a, b := make(chan int), make(chan int)
	start("cycle-leaked", "it waits for a leaked goroutine that waits for it", func() { <-a; b <- 1 })
	start("cycle-leaked", "it waits for a leaked goroutine that waits for it", func() { <-b; a <- 1 })
	// The only one that had the object has ended.
	ended := make(chan int)
	result := make(chan int)
	go func() {
		close(ended)
		runtime.KeepAlive(result)
	}()
	<-ended
	start("owner-ended", "the goroutine that had the channel has ended", func() { <-result })
	return count + fate.extra
}
