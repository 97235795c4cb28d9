// Timeafter leaves many timers of time.After behind, as a loop with a timeout does, and measures what stays.
package main

import (
	"os"
	"time"

	"example.com/hemostat-lab/folklore/observe"
)

const timers = 20_000

func main() {
	observe.Report(map[string]interface{}{
		"timers":                  timers,
		"GODEBUG":                 os.Getenv("GODEBUG"),
		"bytesPerTimerOfAnHour":   retained(time.Hour, 0),
		"bytesPerTimerAfterFired": retained(50*time.Millisecond, 200*time.Millisecond),
	})
}

// retained runs the loop and returns the bytes per timer that are alive some time later.
func retained(timeout, later time.Duration) int64 {
	ready := make(chan int, 1)
	before := observe.AfterGC().HeapAlloc
	for i := 0; i < timers; i++ {
		ready <- i
		select {
		case <-ready:
		case <-time.After(timeout):
		}
	}
	time.Sleep(later)
	after := observe.AfterGC().HeapAlloc
	return (int64(after) - int64(before)) / timers
}
