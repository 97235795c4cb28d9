package slots

import (
	"context"
	"errors"
	"sync"
)

type limiter struct{ slots chan struct{} }

func newLimiter(n int) *limiter { return &limiter{slots: make(chan struct{}, n)} }

func (l *limiter) acquire(ctx context.Context) error {
	select {
	case l.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *limiter) release() { <-l.slots }

type mirror struct {
	limiter *limiter
	wg      sync.WaitGroup
	mu      sync.Mutex
	errs    []error
}

func (m *mirror) copy(name string, get func(string) error) {
	defer m.wg.Done()
	defer m.limiter.release()
	if err := get(name); err != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.errs = append(m.errs, err)
	}
}

// All gets the names, two at a time.
func All(ctx context.Context, names []string, get func(string) error) error {
	m := &mirror{limiter: newLimiter(2)}
	for _, name := range names {
		if err := m.limiter.acquire(ctx); err != nil {
			m.wg.Wait()
			return errors.Join(append(m.errs, err)...)
		}
		m.wg.Add(1)
		go m.copy(name, get)
	}
	m.wg.Wait()
	return errors.Join(m.errs...)
}
