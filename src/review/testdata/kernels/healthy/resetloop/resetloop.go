// Package resetloop uses one timer for its whole life, and a debouncer that stops.
package resetloop

import (
	"sync"
	"time"
)

type Debounce struct {
	mu    sync.Mutex
	timer *time.Timer
	wait  time.Duration
	f     func()
}

func (d *Debounce) Poke() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
	}
	d.timer = time.AfterFunc(d.wait, d.f)
}

func Watch(in <-chan int, idle time.Duration) (n int) {
	for {
		select {
		case _, ok := <-in:
			if !ok {
				return n
			}
			n++
		case <-time.After(idle):
			return n
		}
	}
}

func Once(f func()) { time.AfterFunc(time.Second, f) }
