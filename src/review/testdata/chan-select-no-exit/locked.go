package locked

import "sync"

type store struct {
	mu      sync.Mutex
	dirty   int
	kick    chan int
	stopped chan struct{}
}

func (s *store) flusher() {
	defer close(s.stopped)
	for n := range s.kick {
		s.flush(n)
	}
}

func (s *store) flush(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty -= n
}

func (s *store) close() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.kick)
	<-s.stopped // want "this receive waits for ever when the goroutine at the other end of stopped waits for s.mu, which is locked here"
	return s.dirty
}

func (s *store) closeFirst() int {
	close(s.kick)
	<-s.stopped
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dirty
}

func open() *store {
	s := &store{kick: make(chan int), stopped: make(chan struct{})}
	go s.flusher()
	return s
}

func Use(n int) int {
	s := open()
	s.kick <- n
	return s.close()
}

func UseWell(n int) int {
	s := open()
	s.kick <- n
	return s.closeFirst()
}
