package peerfixed

import (
	"errors"
	"sync/atomic"
)

type transaction struct{ hash string }

type peer struct {
	id     string
	queue  chan []transaction
	term   chan struct{}
	sent   atomic.Int64
	genius bool
}

func newPeer(id string) *peer {
	return &peer{id: id, queue: make(chan []transaction, 4), term: make(chan struct{})}
}

func (p *peer) broadcast() {
	for {
		select {
		case batch := <-p.queue:
			p.sent.Add(int64(len(batch)))
		case <-p.term:
			return
		}
	}
}

func (p *peer) close() { close(p.term) }

func (p *peer) handshake(network int) error {
	if network != 1 {
		return errors.New("another network")
	}
	return nil
}

type handler struct {
	network int
	peers   map[string]*peer
}

func (h *handler) register(p *peer) error {
	if _, known := h.peers[p.id]; known {
		return errors.New("already connected")
	}
	h.peers[p.id] = p
	go p.broadcast()
	return nil
}

func (h *handler) unregister(id string) {
	p := h.peers[id]
	if p == nil {
		return
	}
	delete(h.peers, id)
	p.close()
}

func (h *handler) handle(p *peer, batches [][]transaction) error {
	if err := h.register(p); err != nil {
		return err
	}
	defer h.unregister(p.id)
	if err := p.handshake(h.network); err != nil {
		return err
	}
	for _, batch := range batches {
		p.queue <- batch
	}
	return nil
}

// Gossip sends a transaction for each hash to a peer.
func Gossip(id string, network int, hashes []string) error {
	h := &handler{network: network, peers: map[string]*peer{}}
	var batches [][]transaction
	for _, hash := range hashes {
		batches = append(batches, []transaction{{hash: hash}})
	}
	return h.handle(newPeer(id), batches)
}
