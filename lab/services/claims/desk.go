package main

import (
	"sync"
	"time"
)

// claim is one damage with its form.
type claim struct {
	policy int
	scan   []byte
	// seen is closed when the assessor has looked at the claim.
	seen chan struct{}
}

// lookTime is how long the assessor needs for one claim.
const lookTime = 60 * time.Millisecond

// desk is where claims wait for the assessor.
type desk struct {
	queue chan *claim

	mu sync.Mutex
	// waiting tells which policies have a claim in the queue.
	waiting map[int]bool
	// pages counts what was archived, by policy.
	pages map[int]int
}

func newDesk(policies int) *desk {
	return &desk{
		queue:   make(chan *claim, policies),
		waiting: make(map[int]bool, policies),
		pages:   make(map[int]int, policies),
	}
}

// file puts the claim before the assessor, once for each policy: people send a form twice.
func (d *desk) file(c *claim) {
	d.mu.Lock()
	waits := d.waiting[c.policy]
	d.waiting[c.policy] = true
	d.mu.Unlock()
	if !waits {
		d.queue <- c
	}
}

// assess looks at claims as long as the process lives.
func (d *desk) assess() {
	for c := range d.queue {
		time.Sleep(lookTime)
		close(c.seen)
		d.mu.Lock()
		delete(d.waiting, c.policy)
		d.mu.Unlock()
	}
}

// archive waits until the claim was seen and counts its pages.
func (d *desk) archive(c *claim) {
	<-c.seen
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pages[c.policy] += 1 + len(c.scan)/4096
}
