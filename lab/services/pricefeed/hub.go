package main

import (
	"sync"
	"time"
)

// level of an order book: 16 bytes.
type level struct {
	price  int64
	amount int64
}

// depth levels on both sides are 24 KiB of book.
const depth = 768

type book struct {
	symbol     string
	bids, asks []level
}

func newBook(symbol string, price int64) *book {
	levels := make([]level, 2*depth)
	b := &book{symbol: symbol, bids: levels[:depth], asks: levels[depth:]}
	for i := range b.bids {
		step := int64(i + 1)
		b.bids[i] = level{price: price - step, amount: 10 + step%7*5}
		b.asks[i] = level{price: price + step, amount: 10 + step%5*5}
	}
	return b
}

type subscriber struct {
	name   string
	outbox chan *book
}

type hub struct {
	mu          sync.RWMutex
	subscribers []*subscriber
}

func newHub() *hub {
	return &hub{}
}

// subscribe adds a subscriber that takes pause for every book.
func (h *hub) subscribe(name string, room int, pause time.Duration) {
	sub := &subscriber{name: name, outbox: make(chan *book, room)}
	h.mu.Lock()
	h.subscribers = append(h.subscribers, sub)
	h.mu.Unlock()
	go sub.deliver(pause)
}

// publish puts the book into every outbox.
func (h *hub) publish(b *book) {
	h.mu.RLock()
	subscribers := h.subscribers
	h.mu.RUnlock()
	for _, sub := range subscribers {
		sub.outbox <- b
	}
}

// backlog is the number of books that wait, by subscriber.
func (h *hub) backlog() map[string]int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	waiting := map[string]int{}
	for _, sub := range h.subscribers {
		waiting[sub.name] = len(sub.outbox)
	}
	return waiting
}

func (s *subscriber) deliver(pause time.Duration) {
	var best level
	for b := range s.outbox {
		if len(b.bids) > 0 && b.bids[0].price > best.price {
			best = b.bids[0]
		}
		time.Sleep(pause)
		deliveredTotal.Add(1)
	}
}
