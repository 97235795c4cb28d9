// Package broadcast sends to all listeners in turn, for as long as there is one of them that listens.
package broadcast

import "sync"

type Room struct {
	mu        sync.Mutex
	listeners map[chan string]bool
}

func (r *Room) Join() chan string {
	ch := make(chan string)
	r.mu.Lock()
	r.listeners[ch] = true
	r.mu.Unlock()
	return ch
}

func (r *Room) Leave(ch chan string) {
	r.mu.Lock()
	delete(r.listeners, ch)
	r.mu.Unlock()
}

func (r *Room) Say(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ch := range r.listeners {
		ch <- text // leak: chan-unbounded-producer|chan-send-abandoned
	}
}

// Repaired.

func (r *Room) SayRepaired(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ch := range r.listeners {
		select {
		case ch <- text:
		default:
		}
	}
}
