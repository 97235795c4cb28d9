// Package idlecheck makes a new timer for each message, before Go 1.23.
package idlecheck

import "time"

func Serve(msgs <-chan []byte, handle func([]byte), idle func()) {
	for {
		select {
		case m, ok := <-msgs:
			if !ok {
				return
			}
			handle(m)
		case <-time.After(5 * time.Minute): // leak: timer-not-stopped
			idle()
		}
	}
}

// Repaired.

func ServeRepaired(msgs <-chan []byte, handle func([]byte), idle func()) {
	t := time.NewTimer(5 * time.Minute)
	defer t.Stop()
	for {
		if !t.Stop() {
			select {
			case <-t.C:
			default:
			}
		}
		t.Reset(5 * time.Minute)
		select {
		case m, ok := <-msgs:
			if !ok {
				return
			}
			handle(m)
		case <-t.C:
			idle()
		}
	}
}
