package trysend

import "sync"

type listener struct{ changed chan struct{} }

type config struct {
	mu        sync.RWMutex
	values    map[string]string
	listeners []*listener
}

func newConfig() *config { return &config{values: map[string]string{}} }

func (c *config) listen() *listener {
	l := &listener{changed: make(chan struct{}, 1)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listeners = append(c.listeners, l)
	return l
}

// set wakes each listener once, however many changes it has not seen.
func (c *config) set(key, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values[key] = value
	for _, l := range c.listeners {
		select {
		case l.changed <- struct{}{}:
		default:
		}
	}
}

func (c *config) get(key string) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.values[key]
}

func (c *config) await(l *listener, key, want string, quit <-chan struct{}) bool {
	for c.get(key) != want {
		select {
		case <-l.changed:
		case <-quit:
			return false
		}
	}
	return true
}

// Converge sets the values in turn and returns whether the last one was seen.
func Converge(values []string, last string) bool {
	c := newConfig()
	l := c.listen()
	quit := make(chan struct{})
	go func() {
		defer close(quit)
		for _, value := range values {
			c.set("k", value)
		}
	}()
	return c.await(l, "k", last, quit)
}
