// Package timeoutdrain leaves a drainer behind when it gives up.
package timeoutdrain

import (
	"errors"
	"time"
)

func Collect(fns []func() int, patience time.Duration) ([]int, error) {
	ch := make(chan int)
	for _, f := range fns {
		go func() { ch <- f() }()
	}
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	var out []int
	for i := range fns {
		select {
		case v := <-ch:
			out = append(out, v)
		case <-deadline.C:
			go func(left int) {
				for range left {
					<-ch
				}
			}(len(fns) - i)
			return out, errors.New("late")
		}
	}
	return out, nil
}
