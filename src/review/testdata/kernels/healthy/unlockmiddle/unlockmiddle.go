// Package unlockmiddle unlocks for the time of a slow call.
package unlockmiddle

import "sync"

type Loader struct {
	mu   sync.Mutex
	done map[string]string
	busy map[string]*sync.WaitGroup
}

func (l *Loader) Load(key string, slow func() string) string {
	l.mu.Lock()
	if v, ok := l.done[key]; ok {
		l.mu.Unlock()
		return v
	}
	if wg, ok := l.busy[key]; ok {
		l.mu.Unlock()
		wg.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.done[key]
	}
	wg := new(sync.WaitGroup)
	wg.Add(1)
	l.busy[key] = wg
	l.mu.Unlock()

	v := slow()

	l.mu.Lock()
	l.done[key] = v
	delete(l.busy, key)
	l.mu.Unlock()
	wg.Done()
	return v
}

func (l *Loader) Drain(keys []string, drop func(string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		if _, ok := l.done[k]; !ok {
			continue
		}
		delete(l.done, k)
		l.mu.Unlock()
		drop(k)
		l.mu.Lock()
	}
}
