package main

import "sync"

// claim is one damage with its form.
type claim struct {
	policy int
	scan   []byte
	// seen is closed when the assessor has looked at the claim.
	seen chan struct{}
}

// batchSize claims of one policy are looked at together.
const batchSize = 4

// desk is where claims wait for the assessor.
type desk struct {
	batches chan []*claim

	mu sync.Mutex
	// open is what has come in by policy and is no batch yet.
	open map[int][]*claim
	// pages counts what was archived, by policy.
	pages map[int]int
}

func newDesk() *desk {
	return &desk{
		batches: make(chan []*claim, 32),
		open:    make(map[int][]*claim),
		pages:   make(map[int]int),
	}
}

// file puts the claim with the others of its policy and hands a full batch on.
func (d *desk) file(c *claim) {
	d.mu.Lock()
	batch := append(d.open[c.policy], c)
	if len(batch) < batchSize {
		d.open[c.policy] = batch
		d.mu.Unlock()
		return
	}
	delete(d.open, c.policy)
	d.mu.Unlock()
	d.batches <- batch
}

// assess looks at batches as long as the process lives.
func (d *desk) assess() {
	for batch := range d.batches {
		close(batch[0].seen)
	}
}

// archive waits until the claim was seen and counts its pages.
func (d *desk) archive(c *claim) {
	<-c.seen
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pages[c.policy] += 1 + len(c.scan)/4096
}
