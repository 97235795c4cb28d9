// Package sweepcontinue goes on with the next shard while it holds the last one.
package sweepcontinue

import (
	"sync"
	"time"
)

type shard struct {
	sync.RWMutex
	pinned bool
	items  map[string]time.Time
}

func Sweep(shards []*shard, now time.Time) (dropped int) {
	for _, s := range shards {
		s.Lock() // leak: lock-not-released
		if s.pinned {
			continue
		}
		for k, t := range s.items {
			if t.Before(now) {
				delete(s.items, k)
				dropped++
			}
		}
		s.Unlock()
	}
	return dropped
}

// Repaired.

func SweepRepaired(shards []*shard, now time.Time) (dropped int) {
	for _, s := range shards {
		s.Lock()
		if !s.pinned {
			for k, t := range s.items {
				if t.Before(now) {
					delete(s.items, k)
					dropped++
				}
			}
		}
		s.Unlock()
	}
	return dropped
}
