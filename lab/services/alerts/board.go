package main

import "sync"

// trendLength prices of 8 bytes are 32 KiB per alert.
const trendLength = 4096

// alert follows one article for one customer.
type alert struct {
	prices     chan int
	thresholds chan int
	// trend are the latest prices, to tell a sale from a mistake.
	trend []int
}

// watch answers prices below the threshold.
func (a *alert) watch(below int) {
	a.trend = make([]int, trendLength)
	for n := 0; ; n++ {
		select {
		case cents := <-a.prices:
			a.trend[n%trendLength] = cents
			if cents < below && cents > a.trend[(n+trendLength-1)%trendLength]/2 {
				sentTotal.Add(1)
			}
		case below = <-a.thresholds:
		}
	}
}

// board knows the open alerts of every article, oldest first.
type board struct {
	mu     sync.Mutex
	alerts [][]*alert
}

func newBoard(articles int) *board {
	return &board{alerts: make([][]*alert, articles)}
}

// add opens an alert; where an article has too many, the oldest one is removed.
func (b *board) add(article, below int) {
	a := &alert{prices: make(chan int, 4), thresholds: make(chan int)}
	go a.watch(below)
	b.mu.Lock()
	defer b.mu.Unlock()
	open := b.alerts[article]
	if len(open) == openPerArticle {
		open = append(make([]*alert, 0, openPerArticle), open[1:]...)
		removedTotal.Add(1)
	}
	b.alerts[article] = append(open, a)
}

// publish tells all alerts of an article its price. One that is busy gets the next price.
func (b *board) publish(article, cents int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.alerts[article] {
		select {
		case a.prices <- cents:
		default:
		}
	}
	return len(b.alerts[article])
}
