// Package bigsnapshot starts goroutines that need a name and hold a whole snapshot.
package bigsnapshot

import (
	"context"
	"log"
	"time"
)

type Snapshot struct {
	Name  string
	Pages [1 << 16]byte
	Index [4096]uint64
}

func Announce(ctx context.Context, load func() *Snapshot) {
	snap := load()
	go func() { // leak: goroutine-captures-large
		tick := time.NewTicker(time.Minute)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				log.Print("serving ", snap.Name)
			case <-ctx.Done():
				return
			}
		}
	}()
}

// Repaired.

func AnnounceRepaired(ctx context.Context, load func() *Snapshot) {
	name := load().Name
	go func() {
		tick := time.NewTicker(time.Minute)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				log.Print("serving ", name)
			case <-ctx.Done():
				return
			}
		}
	}()
}
