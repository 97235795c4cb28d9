// Package deepsend hands a channel through three functions before somebody sends.
package deepsend

import (
	"context"
	"strconv"
)

type Event struct{ Text string }

func emit(ch chan<- Event, text string) {
	ch <- Event{text} // leak: chan-send-abandoned
}

func format(ch chan<- Event, code int) {
	emit(ch, "code "+strconv.Itoa(code))
}

func produce(probe func() int, ch chan<- Event) {
	format(ch, probe())
}

func Next(ctx context.Context, probe func() int) (Event, bool) {
	ch := make(chan Event)
	go produce(probe, ch)
	select {
	case e := <-ch:
		return e, true
	case <-ctx.Done():
	}
	return Event{}, false
}

// Repaired.

func NextRepaired(ctx context.Context, probe func() int) (Event, bool) {
	ch := make(chan Event, 1)
	go produce(probe, ch)
	select {
	case e := <-ch:
		return e, true
	case <-ctx.Done():
	}
	return Event{}, false
}
