package heartbeatsfixed

import (
	"errors"
	"sync"
	"time"
)

type state struct {
	mu      sync.Mutex
	lastErr error
	count   int
}

type agentWorker struct {
	state
	stop    chan struct{}
	stopped bool
	beat    func() error
}

func newWorker(beat func() error) *agentWorker {
	return &agentWorker{stop: make(chan struct{}), beat: beat}
}

func (w *agentWorker) heartbeat(period time.Duration) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			err := w.beat()
			w.mu.Lock()
			w.count++
			w.lastErr = err
			w.mu.Unlock()
		case <-w.stop:
			return
		}
	}
}

func (w *agentWorker) start(period time.Duration) { go w.heartbeat(period) }

func (w *agentWorker) halt() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return errors.New("already stopped")
	}
	w.stopped = true
	close(w.stop)
	return w.lastErr
}

// Serve beats for the span.
func Serve(span, period time.Duration, beat func() error) error {
	w := newWorker(beat)
	w.start(period)
	time.Sleep(span)
	return w.halt()
}
