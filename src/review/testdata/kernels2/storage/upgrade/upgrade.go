package upgrade

import "sync"

type descriptor struct {
	name    string
	version int
}

type leases struct {
	mu     sync.RWMutex
	byName map[string]*descriptor
}

func newLeases() *leases { return &leases{byName: map[string]*descriptor{}} }

func (l *leases) acquire(name string) *descriptor {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if d, ok := l.byName[name]; ok {
		return d
	}
	return l.load(name)
}

func (l *leases) load(name string) *descriptor {
	l.mu.Lock() // leak: none-yet
	defer l.mu.Unlock()
	d := &descriptor{name: name, version: 1}
	l.byName[name] = d
	return d
}

func (l *leases) bump(name string) int {
	d := l.acquire(name)
	l.mu.Lock()
	defer l.mu.Unlock()
	d.version++
	return d.version
}

type catalog struct {
	leases *leases
	names  []string
}

func (c *catalog) upgradeAll() map[string]int {
	versions := map[string]int{}
	for _, name := range c.names {
		versions[name] = c.leases.bump(name)
	}
	return versions
}

// Upgrade gives each table a new version.
func Upgrade(names []string) map[string]int {
	c := &catalog{leases: newLeases(), names: names}
	return c.upgradeAll()
}
