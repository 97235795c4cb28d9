package main

import (
	"sync"
	"time"
)

type request struct {
	article int
	amount  int
}

type quote struct {
	Article  int    `json:"article"`
	Cents    int64  `json:"cents"`
	Supplier uint32 `json:"supplier"`
	Days     uint32 `json:"days"`
}

// offer is one supplier's answer: 32 bytes.
type offer struct {
	supplier  uint32
	days      uint32
	cents     int64
	shipping  int64
	available uint32
	rating    uint32
}

// offersPerArticle times 32 bytes is 48 KiB of offers for one price.
const offersPerArticle = 1536

type pricer struct {
	// latency of the supplier network by article; some suppliers are always slow.
	latency []time.Duration

	mu sync.Mutex
	// stock over all suppliers, by article.
	stock map[int]uint64
}

func newPricer(articles int) *pricer {
	p := &pricer{latency: make([]time.Duration, articles), stock: make(map[int]uint64, articles)}
	for i := range p.latency {
		p.latency[i] = time.Duration(5+i%40) * time.Millisecond
		if i%5 < 2 {
			p.latency[i] += 120 * time.Millisecond
		}
	}
	return p
}

// price compares all offers and sends the best one.
func (p *pricer) price(req request, result chan<- quote) {
	offers := p.loadOffers(req.article)
	best := 0
	for i := range offers {
		if offers[i].total(req.amount) < offers[best].total(req.amount) {
			best = i
		}
	}
	result <- quote{
		Article:  req.article,
		Cents:    offers[best].total(req.amount),
		Supplier: offers[best].supplier,
		Days:     offers[best].days,
	}
	p.learn(req.article, offers)
}

// loadOffers asks the supplier network, which takes as long as its slowest member.
func (p *pricer) loadOffers(article int) []offer {
	article %= len(p.latency)
	time.Sleep(p.latency[article])
	offers := make([]offer, offersPerArticle)
	for i := range offers {
		h := uint32(article*2654435761 + i*40503)
		offers[i] = offer{
			supplier:  uint32(i),
			days:      1 + h%9,
			cents:     500 + int64(h%9973),
			shipping:  int64(h % 700),
			available: h % 50,
			rating:    h % 6,
		}
	}
	return offers
}

// learn remembers how many the suppliers had, for the article's page.
func (p *pricer) learn(article int, offers []offer) {
	var stock uint64
	for i := range offers {
		stock += uint64(offers[i].available)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stock[article] = stock
}

func (o *offer) total(amount int) int64 {
	return o.cents*int64(amount) + o.shipping
}
