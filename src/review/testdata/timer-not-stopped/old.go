// module go 1.21
package old

import (
	"context"
	"time"
)

func forever(poll func()) {
	t := time.NewTicker(time.Second)
	for range t.C {
		poll()
	}
}

func drop(n int, poll func()) {
	t := time.NewTicker(time.Second) // want "high: t is never stopped"
	for i := 0; i < n; i++ {
		<-t.C
		poll()
	}
}

func stops(n int, poll func()) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for i := 0; i < n; i++ {
		<-t.C
		poll()
	}
}

func ticks(n int, poll func()) {
	c := time.Tick(time.Second) // want "high: the function returns and the ticker of time.Tick stays"
	for i := 0; i < n; i++ {
		<-c
		poll()
	}
}

func ticksForever(poll func()) {
	for range time.Tick(time.Second) {
		if poll != nil {
			poll()
		}
	}
}

func sleeps(n int) {
	for i := 0; i < n; i++ {
		<-time.After(time.Hour)
	}
}

func onlyWay(ctx context.Context, poll func()) {
	for {
		select {
		case <-time.After(time.Hour):
			poll()
		case <-ctx.Done():
			return
		}
	}
}

func short(in <-chan int, poll func()) {
	for {
		select {
		case <-time.After(10 * time.Millisecond):
			poll()
		case <-in:
		}
	}
}

func waits(in <-chan int, limit time.Duration) {
	for {
		select {
		case <-time.After(limit): // want "medium: each turn of the loop"
			return
		case <-in:
		}
	}
}

type poller struct {
	never *time.Ticker
	once  *time.Ticker
}

func newPoller() *poller {
	p := &poller{never: time.NewTicker(time.Second)} // want "medium: nothing in this package stops the ticker in never"
	p.once = time.NewTicker(time.Second)
	return p
}

func (p *poller) run() {
	<-p.never.C
	<-p.once.C
	p.once.Stop()
}
