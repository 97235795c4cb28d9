package heartbeatfixed

import (
	"errors"
	"time"
)

type record struct {
	id    string
	alive time.Time
}

type coordinator struct {
	rec   record
	beats chan time.Time
	done  chan struct{}
	keys  []string
}

func newCoordinator(id string) *coordinator {
	return &coordinator{
		rec:   record{id: id},
		beats: make(chan time.Time),
		done:  make(chan struct{}),
	}
}

func (c *coordinator) loop() {
	for {
		select {
		case now := <-c.beats:
			c.rec.alive = now
		case <-c.done:
			return
		}
	}
}

func (c *coordinator) begin() { go c.loop() }

func (c *coordinator) write(key string) error {
	if key == "" {
		return errors.New("empty key")
	}
	c.keys = append(c.keys, key)
	c.beats <- time.Now()
	return nil
}

func (c *coordinator) finish() { close(c.done) }

func (c *coordinator) commit() (int, error) {
	if len(c.keys) == 0 {
		return 0, errors.New("nothing to commit")
	}
	return len(c.keys), nil
}

// Write puts all keys in one transaction.
func Write(id string, keys []string) (int, error) {
	c := newCoordinator(id)
	c.begin()
	defer c.finish()
	for _, key := range keys {
		if err := c.write(key); err != nil {
			return 0, err
		}
	}
	return c.commit()
}
