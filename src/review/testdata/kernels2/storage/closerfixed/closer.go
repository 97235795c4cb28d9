package closerfixed

import (
	"sync"
	"time"
)

type memtable struct{ entries map[string]string }

type engine struct {
	mu      sync.Mutex
	active  *memtable
	flushes int
	stop    chan struct{}
	stopped chan struct{}
}

func open() *engine {
	e := &engine{
		active:  &memtable{entries: map[string]string{}},
		stop:    make(chan struct{}),
		stopped: make(chan struct{}),
	}
	go e.background()
	return e
}

func (e *engine) background() {
	defer close(e.stopped)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			e.flush()
		case <-e.stop:
			e.flush()
			return
		}
	}
}

func (e *engine) flush() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.active.entries) > 0 {
		e.active = &memtable{entries: map[string]string{}}
		e.flushes++
	}
}

func (e *engine) set(key, value string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.active.entries[key] = value
}

// close writes what is left and waits for the background work.
func (e *engine) close() int {
	close(e.stop)
	<-e.stopped
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.flushes
}

// Fill writes the keys and returns how often memory was flushed.
func Fill(keys []string) int {
	e := open()
	for _, key := range keys {
		e.set(key, key)
	}
	return e.close()
}
