// Package refresher polls on behalf of each tenant and never stops.
package refresher

import (
	"sync"
	"time"
)

type Tenant struct {
	mu    sync.Mutex
	rates map[string]float64
	load  func() map[string]float64
	quit  bool
}

func OpenTenant(load func() map[string]float64) *Tenant {
	t := &Tenant{load: load}
	go t.refresh() // leak: goroutine-no-exit
	return t
}

func (t *Tenant) refresh() {
	for {
		rates := t.load()
		t.mu.Lock()
		t.rates = rates
		t.mu.Unlock()
		time.Sleep(time.Minute)
	}
}

// Repaired.

type TenantRepaired struct {
	mu    sync.Mutex
	rates map[string]float64
	load  func() map[string]float64
	quit  bool
}

func OpenTenantRepaired(load func() map[string]float64) *TenantRepaired {
	t := &TenantRepaired{load: load}
	go t.refresh()
	return t
}

func (t *TenantRepaired) refresh() {
	for {
		rates := t.load()
		t.mu.Lock()
		t.rates = rates
		quit := t.quit
		t.mu.Unlock()
		if quit {
			return
		}
		time.Sleep(time.Minute)
	}
}

func (t *TenantRepaired) Close() {
	t.mu.Lock()
	t.quit = true
	t.mu.Unlock()
}
