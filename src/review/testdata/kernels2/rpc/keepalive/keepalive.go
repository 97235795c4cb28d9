package keepalive

import (
	"sync"
	"time"
)

type link struct {
	mu     sync.Mutex
	active bool
	closed chan struct{}
	pings  int
}

func newLink() *link { return &link{closed: make(chan struct{})} }

// keepalive pings the other side when nothing was heard for a while.
func (l *link) keepalive(idle time.Duration) {
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			l.mu.Lock()
			busy := l.active
			l.active = false
			l.pings++
			l.mu.Unlock()
			if !timer.Stop() {
				<-timer.C // leak: none-yet
			}
			if busy {
				timer.Reset(idle)
			} else {
				timer.Reset(2 * idle)
			}
		case <-l.closed:
			return
		}
	}
}

func (l *link) touch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active = true
}

func (l *link) close() { close(l.closed) }

// Run keeps a link alive for the time.
func Run(span, idle time.Duration) int {
	l := newLink()
	go l.keepalive(idle)
	for end := time.Now().Add(span); time.Now().Before(end); {
		l.touch()
		time.Sleep(idle)
	}
	l.close()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pings
}
