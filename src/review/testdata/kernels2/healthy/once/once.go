package once

import (
	"sync"
	"time"
)

type entry struct {
	value string
	until time.Time
}

type cache struct {
	mu      sync.Mutex
	entries map[string]entry
	janitor sync.Once
}

var shared cache

func (c *cache) sweep() {
	for now := range time.Tick(time.Minute) {
		c.mu.Lock()
		for key, e := range c.entries {
			if e.until.Before(now) {
				delete(c.entries, key)
			}
		}
		c.mu.Unlock()
	}
}

func (c *cache) put(key, value string, life time.Duration) {
	c.janitor.Do(func() { go c.sweep() })
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[string]entry{}
	}
	c.entries[key] = entry{value: value, until: time.Now().Add(life)}
}

func (c *cache) get(key string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok || time.Now().After(e.until) {
		return "", false
	}
	return e.value, true
}

// Resolve remembers for a minute what lookup returns.
func Resolve(name string, lookup func(string) (string, error)) (string, error) {
	if value, ok := shared.get(name); ok {
		return value, nil
	}
	value, err := lookup(name)
	if err != nil {
		return "", err
	}
	shared.put(name, value, time.Minute)
	return value, nil
}
