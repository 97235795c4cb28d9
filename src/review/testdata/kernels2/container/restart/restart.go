package restart

import (
	"errors"
	"sync"
	"time"
)

var errCancelled = errors.New("the restart was cancelled")

type restartManager struct {
	mu       sync.Mutex
	once     sync.Once
	cancel   chan struct{}
	attempts int
	backoff  time.Duration
}

func newRestartManager(backoff time.Duration) *restartManager {
	return &restartManager{cancel: make(chan struct{}), backoff: backoff}
}

// shouldRestart returns a channel that is closed when the time has come.
func (m *restartManager) shouldRestart(exit int) (bool, chan error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if exit == 0 {
		return false, nil
	}
	m.attempts++
	ready := make(chan error)
	wait := m.backoff
	go func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-m.cancel:
			ready <- errCancelled // leak: chan-send-abandoned
			close(ready)
		case <-timer.C:
			close(ready)
		}
	}()
	return true, ready
}

func (m *restartManager) stop() { m.once.Do(func() { close(m.cancel) }) }

type monitor struct {
	manager *restartManager
	limit   time.Duration
}

func (m *monitor) handleExit(exit int) error {
	restart, ready := m.manager.shouldRestart(exit)
	if !restart {
		return nil
	}
	select {
	case err := <-ready:
		return err
	case <-time.After(m.limit):
		m.manager.stop()
		return errors.New("not restarted in time")
	}
}

// Exit says what becomes of a container that ended.
func Exit(code int, backoff, limit time.Duration) error {
	m := &monitor{manager: newRestartManager(backoff), limit: limit}
	return m.handleExit(code)
}
