package stops

import "errors"

type beat struct {
	ticks   chan int
	stop    chan struct{}
	stopped bool
	last    error
}

func newBeat() *beat { return &beat{ticks: make(chan int), stop: make(chan struct{})} }

func (b *beat) run() {
	for {
		select {
		case <-b.ticks:
		case <-b.stop:
			return
		}
	}
}

// halt lets only its first caller through.
func (b *beat) halt() error {
	if b.stopped {
		return errors.New("stopped twice")
	}
	b.stopped = true
	close(b.stop)
	return b.last
}

func count(n int) error {
	b := newBeat()
	go b.run()
	for i := range n {
		b.ticks <- i
	}
	return b.halt()
}

type peer struct {
	queue chan string
	gone  chan struct{}
}

func (p *peer) send() {
	for {
		select { // want "the only way out of this loop is gone, and nothing in the package closes it"
		case <-p.queue:
		case <-p.gone:
			return
		}
	}
}

// close is what nobody calls.
func (p *peer) close() { close(p.gone) }

type network struct{ peers map[string]*peer }

func (n *network) Join(name string) {
	p := &peer{queue: make(chan string), gone: make(chan struct{})}
	n.peers[name] = p
	go p.send()
}

func (n *network) Leave(name string) { delete(n.peers, name) }
