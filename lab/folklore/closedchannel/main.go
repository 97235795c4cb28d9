// Closedchannel lets a receiver leave early in two ways: by closing the channel, and by closing a done channel that the
// senders look at.
package main

import (
	"fmt"
	"runtime"
	"sync"

	"example.com/hemostat-lab/folklore/observe"
)

const senders = 8

func main() {
	observe.Report(map[string]interface{}{
		"senders":          senders,
		"receiverCloses":   receiverCloses(),
		"receiverSignals":  receiverSignals(),
		"goroutinesAtExit": runtime.NumGoroutine(),
	})
}

// receiverCloses takes one value and closes the channel under the others.
func receiverCloses() map[string]interface{} {
	values := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	panics := map[string]int{}
	for i := 0; i < senders; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			defer func() {
				if problem := recover(); problem != nil {
					mu.Lock()
					panics[fmt.Sprint(problem)]++
					mu.Unlock()
				}
			}()
			values <- i
		}(i)
	}
	<-values
	close(values)
	wg.Wait()
	return map[string]interface{}{"panics": panics}
}

// receiverSignals takes one value and tells the senders that it has gone.
func receiverSignals() map[string]interface{} {
	values := make(chan int)
	done := make(chan struct{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	sent, left := 0, 0
	for i := 0; i < senders; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			var count *int
			select {
			case values <- i:
				count = &sent
			case <-done:
				count = &left
			}
			mu.Lock()
			*count++
			mu.Unlock()
		}(i)
	}
	<-values
	close(done)
	wg.Wait()
	return map[string]interface{}{"sent": sent, "left": left}
}
