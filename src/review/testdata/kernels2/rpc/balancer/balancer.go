package balancer

import "sync"

type address string

type roundRobin struct {
	mu     sync.Mutex
	pinned address
	closed bool
	notify chan []address
}

func newRoundRobin() *roundRobin { return &roundRobin{notify: make(chan []address)} }

func (b *roundRobin) up(a address) {
	b.mu.Lock()
	if b.closed || b.pinned == a {
		b.mu.Unlock()
		return
	}
	b.pinned = a
	b.notify <- []address{a} // leak: none-yet
	b.mu.Unlock()
}

func (b *roundRobin) pick() address {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pinned
}

func (b *roundRobin) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	close(b.notify)
}

type client struct {
	balancer *roundRobin
	used     map[address]int
	done     chan struct{}
}

func (c *client) watch() {
	defer close(c.done)
	for addresses := range c.balancer.notify {
		for _, a := range addresses {
			if c.balancer.pick() == a {
				c.used[a]++
			}
		}
	}
}

// Dial goes through the addresses and returns how often each was pinned.
func Dial(addresses []string) int {
	b := newRoundRobin()
	c := &client{balancer: b, used: map[address]int{}, done: make(chan struct{})}
	go c.watch()
	for _, a := range addresses {
		b.up(address(a))
	}
	b.close()
	<-c.done
	return len(c.used)
}
