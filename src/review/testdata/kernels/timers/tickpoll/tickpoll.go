// Package tickpoll polls with time.Tick until it has an answer, before Go 1.23.
package tickpoll

import "time"

func Until(ready func() bool) {
	for range time.Tick(time.Second) { // leak: timer-not-stopped
		if ready() {
			return
		}
	}
}

// Repaired.

func UntilRepaired(ready func() bool) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for range tick.C {
		if ready() {
			return
		}
	}
}
