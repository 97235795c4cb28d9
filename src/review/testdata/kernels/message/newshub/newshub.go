// Package newshub delivers news to subscribers, each with a goroutine of its own.
package newshub

import "sync"

type News struct{ Head string }

type Hub struct {
	mu   sync.Mutex
	next int
	subs map[int]chan News
}

func (h *Hub) Subscribe(deliver func(News)) (id int) {
	ch := make(chan News, 8)
	h.mu.Lock()
	h.next++
	id = h.next
	h.subs[id] = ch
	h.mu.Unlock()
	go func() {
		for n := range ch { // leak: chan-range-unclosed|chan-select-no-exit
			deliver(n)
		}
	}()
	return id
}

func (h *Hub) Unsubscribe(id int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs, id)
}

func (h *Hub) Publish(n News) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, ch := range h.subs {
		select {
		case ch <- n:
		default:
		}
	}
}

// Repaired.

type HubRepaired struct {
	mu   sync.Mutex
	next int
	subs map[int]chan News
}

func (h *HubRepaired) Subscribe(deliver func(News)) (id int) {
	ch := make(chan News, 8)
	h.mu.Lock()
	h.next++
	id = h.next
	h.subs[id] = ch
	h.mu.Unlock()
	go func() {
		for n := range ch {
			deliver(n)
		}
	}()
	return id
}

func (h *HubRepaired) Unsubscribe(id int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ch, ok := h.subs[id]; ok {
		delete(h.subs, id)
		close(ch)
	}
}

func (h *HubRepaired) Publish(n News) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, ch := range h.subs {
		select {
		case ch <- n:
		default:
		}
	}
}
