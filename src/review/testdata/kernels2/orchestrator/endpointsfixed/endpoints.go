package endpointsfixed

import "sync"

type endpoint struct {
	address string
	ready   bool
	zone    string
}

type tracker struct {
	mu      sync.RWMutex
	bySlice map[string][]endpoint
	ignored map[string]bool
	total   int
}

func newTracker() *tracker {
	return &tracker{bySlice: map[string][]endpoint{}, ignored: map[string]bool{}}
}

func (t *tracker) put(slice string, all []endpoint) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bySlice[slice] = all
	t.total += len(all)
}

// inZone counts the ready endpoints of the slices in a zone.
func (t *tracker) inZone(zone string, slices []string) int {
	count := 0
	for _, slice := range slices {
		t.mu.RLock()
		if t.ignored[slice] {
			t.mu.RUnlock()
			continue
		}
		for _, e := range t.bySlice[slice] {
			switch {
			case !e.ready:
			case e.zone == zone:
				count++
			}
		}
		t.mu.RUnlock()
	}
	return count
}

func (t *tracker) ignore(slice string) bool {
	t.mu.Lock()
	if t.ignored[slice] {
		t.mu.Unlock()
		return false
	}
	t.ignored[slice] = true
	t.mu.Unlock()
	return true
}

// Balance returns how many endpoints of the slices are ready in the zone, with one slice left out.
func Balance(zone string, slices []string, without string) int {
	t := newTracker()
	for _, slice := range slices {
		t.put(slice, []endpoint{{address: slice, ready: true, zone: zone}})
	}
	t.ignore(without)
	count := t.inZone(zone, slices)
	t.ignore("rest")
	return count
}
