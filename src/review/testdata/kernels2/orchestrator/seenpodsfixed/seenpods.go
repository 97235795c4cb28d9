package seenpodsfixed

import (
	"sync"
	"time"
)

type podKey struct{ namespace, name, uid string }

type sighting struct {
	first, last time.Time
	count       int
}

type recorder struct {
	mu   sync.Mutex
	seen map[podKey]*sighting
}

var events = recorder{seen: map[podKey]*sighting{}}

func (r *recorder) note(key podKey, now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.seen[key]
	if s == nil {
		s = &sighting{first: now}
		r.seen[key] = s
	}
	s.last = now
	s.count++
	return s.count
}

func (r *recorder) forget(before time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, s := range r.seen {
		if s.last.Before(before) {
			delete(r.seen, key)
		}
	}
}

type Pod struct{ Namespace, Name, UID string }

// Observe says whether the pod was seen often within its life.
func Observe(p Pod, now time.Time) bool {
	events.forget(now.Add(-time.Hour))
	return events.note(podKey{p.Namespace, p.Name, p.UID}, now) > 10
}

// Noisy lists the names that were seen more than n times.
func Noisy(n int) []string {
	events.mu.Lock()
	defer events.mu.Unlock()
	var names []string
	for key, s := range events.seen {
		if s.count > n {
			names = append(names, key.namespace+"/"+key.name)
		}
	}
	return names
}
