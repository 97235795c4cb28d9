// Package askloop owns its state in a goroutine that answers requests, until somebody forgets it.
package askloop

type request struct {
	key   string
	reply chan int
}

type Counter struct {
	requests chan request
	stop     chan struct{}
}

func start() *Counter {
	c := &Counter{requests: make(chan request), stop: make(chan struct{})}
	go func() {
		counts := map[string]int{}
		for {
			select { // leak: chan-select-no-exit
			case req := <-c.requests:
				counts[req.key]++
				req.reply <- counts[req.key]
			case <-c.stop:
				return
			}
		}
	}()
	return c
}

func (c *Counter) add(key string) int {
	reply := make(chan int)
	c.requests <- request{key, reply}
	return <-reply
}

func (c *Counter) close() { close(c.stop) }

func Longest(words []string, limit int) (string, bool) {
	c := start()
	for _, w := range words {
		if c.add(w) > limit {
			return w, true
		}
	}
	c.close()
	return "", false
}

// Repaired.

func LongestRepaired(words []string, limit int) (string, bool) {
	c := startRepaired()
	defer c.close()
	for _, w := range words {
		if c.add(w) > limit {
			return w, true
		}
	}
	return "", false
}

func startRepaired() *Counter {
	c := &Counter{requests: make(chan request), stop: make(chan struct{})}
	go func() {
		counts := map[string]int{}
		for {
			select {
			case req := <-c.requests:
				counts[req.key]++
				req.reply <- counts[req.key]
			case <-c.stop:
				return
			}
		}
	}()
	return c
}
