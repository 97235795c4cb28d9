package actor

import "errors"

type request struct {
	key   string
	reply chan int
}

type counter struct {
	requests chan request
	quit     chan struct{}
	ended    chan struct{}
}

var errClosed = errors.New("the counter is closed")

func newCounter() *counter {
	c := &counter{requests: make(chan request), quit: make(chan struct{}), ended: make(chan struct{})}
	go c.loop()
	return c
}

func (c *counter) loop() {
	defer close(c.ended)
	counts := map[string]int{}
	for {
		select {
		case r := <-c.requests:
			counts[r.key]++
			r.reply <- counts[r.key]
		case <-c.quit:
			return
		}
	}
}

func (c *counter) add(key string) (int, error) {
	r := request{key: key, reply: make(chan int, 1)}
	select {
	case c.requests <- r:
		return <-r.reply, nil
	case <-c.ended:
		return 0, errClosed
	}
}

func (c *counter) close() {
	close(c.quit)
	<-c.ended
}

// Count adds the keys and returns how often the most frequent one came.
func Count(keys []string) (int, error) {
	c := newCounter()
	defer c.close()
	most := 0
	for _, key := range keys {
		n, err := c.add(key)
		if err != nil {
			return 0, err
		}
		most = max(most, n)
	}
	return most, nil
}
