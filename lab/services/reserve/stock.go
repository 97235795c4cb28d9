package main

import (
	"fmt"
	"sync"
	"time"
)

// reservation is one held line of a cart: 400 bytes with its label.
type reservation struct {
	cart    string
	line    cartLine
	until   time.Time
	paid    bool
	expires *time.Timer
	label   [296]byte
}

type stock struct {
	holdFor time.Duration

	mu    sync.Mutex
	shelf []int
	open  map[*reservation]struct{}
}

func newStock(articles int, holdFor time.Duration) *stock {
	s := &stock{holdFor: holdFor, shelf: make([]int, articles), open: map[*reservation]struct{}{}}
	for i := range s.shelf {
		s.shelf[i] = 1_000_000
	}
	return s
}

// hold takes the line from the shelf until it is paid or the time is over.
func (s *stock) hold(cart string, line cartLine) (*reservation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if line.Article < 0 || line.Article >= len(s.shelf) || line.Amount < 1 || s.shelf[line.Article] < line.Amount {
		return nil, fmt.Errorf("article %d: not %d on the shelf", line.Article, line.Amount)
	}
	s.shelf[line.Article] -= line.Amount
	res := &reservation{cart: cart, line: line, until: time.Now().Add(s.holdFor)}
	copy(res.label[:], fmt.Sprintf("cart %s, article %d, %d pieces", cart, line.Article, line.Amount))
	res.expires = time.AfterFunc(s.holdFor, func() {
		s.expire(res)
	})
	s.open[res] = struct{}{}
	holdsTotal.Add(1)
	return res, nil
}

// expire puts a line that was not paid back on the shelf.
func (s *stock) expire(res *reservation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if res.paid {
		return
	}
	s.shelf[res.line.Article] += res.line.Amount
	delete(s.open, res)
}

// giveBack ends reservations of a cart that could not be completed.
func (s *stock) giveBack(held []*reservation) {
	for _, res := range held {
		if res.expires.Stop() {
			s.expire(res)
		}
	}
}

// pay marks the reservations as paid: the goods leave the house.
func (s *stock) pay(held []*reservation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, res := range held {
		res.paid = true
		delete(s.open, res)
	}
	paidTotal.Add(int64(len(held)))
}

func (s *stock) held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}
