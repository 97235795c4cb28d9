package monitor

import "sync"

type monitor struct {
	mu     sync.Mutex
	cond   *sync.Cond
	ready  int
	closed bool
}

func newMonitor() *monitor {
	m := &monitor{}
	m.cond = sync.NewCond(&m.mu)
	return m
}

func (m *monitor) await(n int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.ready < n && !m.closed {
		m.cond.Wait()
	}
	return m.ready >= n
}

func (m *monitor) report() {
	m.mu.Lock()
	m.ready++
	m.mu.Unlock()
	m.cond.Broadcast()
}

func (m *monitor) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.cond.Broadcast()
}

// Quorum says whether n of the members are up.
func Quorum(members []string, n int, up func(string) bool) bool {
	m := newMonitor()
	var wg sync.WaitGroup
	for _, member := range members {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if up(member) {
				m.report()
			}
		}()
	}
	go func() {
		wg.Wait()
		m.close()
	}()
	return m.await(n)
}
