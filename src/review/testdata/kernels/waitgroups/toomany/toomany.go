// Package toomany counts all items and starts a goroutine for some.
package toomany

import "sync"

type Peer struct {
	Addr string
	Self bool
}

func Notify(peers []Peer, send func(string)) {
	var wg sync.WaitGroup
	wg.Add(len(peers)) // leak: waitgroup-misuse
	for _, p := range peers {
		if p.Self {
			continue
		}
		go func() {
			defer wg.Done()
			send(p.Addr)
		}()
	}
	wg.Wait()
}

// Repaired.

func NotifyRepaired(peers []Peer, send func(string)) {
	var wg sync.WaitGroup
	for _, p := range peers {
		if p.Self {
			continue
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			send(p.Addr)
		}()
	}
	wg.Wait()
}
