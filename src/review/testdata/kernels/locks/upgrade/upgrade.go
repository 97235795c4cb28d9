// Package upgrade wants to write while it reads.
package upgrade

import "sync"

type Cache struct {
	mu sync.RWMutex
	m  map[string]int
}

func (c *Cache) Get(k string, make func() int) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if v, ok := c.m[k]; ok {
		return v
	}
	c.mu.Lock() // leak: none-yet
	defer c.mu.Unlock()
	c.m[k] = make()
	return c.m[k]
}

// Repaired.

func (c *Cache) GetRepaired(k string, make func() int) int {
	c.mu.RLock()
	v, ok := c.m[k]
	c.mu.RUnlock()
	if ok {
		return v
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.m[k]; ok {
		return v
	}
	c.m[k] = make()
	return c.m[k]
}
