package main

import (
	"errors"
	"sync"
)

// articlesPerCatalogue times 24 bytes is 48 KiB per catalogue.
const articlesPerCatalogue = 2048

type article struct {
	number uint64
	cents  int64
	weight uint32
	stock  uint32
}

var errNoPrice = errors.New("article without a price")

type catalogue struct {
	supplier int

	mu       sync.RWMutex
	sealed   bool
	problems []error
	articles []article
}

func readCatalogue(supplier int, seed uint64) *catalogue {
	c := &catalogue{supplier: supplier, articles: make([]article, articlesPerCatalogue)}
	for i := range c.articles {
		seed = seed*6364136223846793005 + 1442695040888963407
		a := article{number: uint64(i), cents: 100 + int64(seed>>40)%90000, weight: uint32(seed>>20) % 30000, stock: uint32(seed>>33) % 500}
		c.articles[i] = a
	}
	// Two in five suppliers forget a price now and then.
	if supplier%5 < 2 {
		c.articles[seed%articlesPerCatalogue].cents = 0
	}
	return c
}

func takeIn(supplier int, seed uint64) {
	readCatalogue(supplier, seed).seal()
}

// seal waits for the checks and closes the catalogue.
func (c *catalogue) seal() {
	results := make(chan error, 2)
	go func() { results <- c.checkPrices() }()
	go func() { results <- c.checkWeights() }()
	for i := 0; i < cap(results); i++ {
		if err := <-results; err != nil {
			c.problems = append(c.problems, err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealed = true
	sealedTotal.Add(1)
}

func (c *catalogue) checkPrices() error {
	c.mu.RLock()
	for i := range c.articles {
		if c.articles[i].cents == 0 {
			faultsTotal.Add(1)
			return errNoPrice
		}
	}
	c.mu.RUnlock()
	return nil
}

func (c *catalogue) checkWeights() error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var total uint64
	for i := range c.articles {
		total += uint64(c.articles[i].weight)
	}
	if total == 0 {
		return errors.New("catalogue without weights")
	}
	return nil
}
