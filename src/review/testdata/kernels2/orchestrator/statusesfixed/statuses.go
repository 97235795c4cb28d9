package statusesfixed

import (
	"sync"
	"time"
)

type update struct {
	uid    string
	status int
}

type manager struct {
	mu       sync.Mutex
	statuses map[string]int
	updates  chan update
	quit     chan struct{}
}

func newManager(room int) *manager {
	return &manager{statuses: map[string]int{}, updates: make(chan update, room), quit: make(chan struct{})}
}

func (m *manager) start() {
	go func() {
		for {
			select {
			case u := <-m.updates:
				m.sync(u)
			case <-m.quit:
				return
			}
		}
	}()
}

func (m *manager) sync(u update) {
	if m.stale(u) {
		return
	}
	time.Sleep(time.Millisecond)
}

func (m *manager) stale(u update) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.statuses[u.uid] != u.status
}

func (m *manager) set(uid string, status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.statuses[uid] == status {
		return
	}
	m.statuses[uid] = status
	select {
	case m.updates <- update{uid: uid, status: status}:
	default:
	}
}

func (m *manager) stop() { close(m.quit) }

// Report sets the status of the pods again and again.
func Report(uids []string, rounds int) {
	m := newManager(2)
	m.start()
	defer m.stop()
	for round := 1; round <= rounds; round++ {
		for _, uid := range uids {
			m.set(uid, round)
		}
	}
}
