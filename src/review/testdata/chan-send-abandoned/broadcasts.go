package broadcasts

import "sync"

type listener struct {
	news chan string
	gone chan struct{}
}

type station struct {
	mu        sync.RWMutex
	listeners map[*listener]bool
}

func (s *station) join() *listener {
	l := &listener{news: make(chan string), gone: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners[l] = true
	return l
}

func (s *station) leave(l *listener) {
	close(l.gone)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

func (s *station) say(news string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for l := range s.listeners {
		l.news <- news // want "this send on l.news waits for ever when its receiver has stopped receiving and waits in leave for s.mu"
	}
}

func (s *station) sayPolitely(news string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for l := range s.listeners {
		select {
		case l.news <- news:
		case <-l.gone:
		}
	}
}

func (s *station) Wait(for_ string) {
	l := s.join()
	defer s.leave(l)
	for news := range l.news {
		if news == for_ {
			return
		}
	}
}

// A hub whose connections have a writer each, which receives until the channel is closed; another goroutine takes them off.
type hub struct {
	mu    sync.Mutex
	conns map[*conn]bool
}

type conn struct{ out chan []byte }

func (c *conn) write(to func([]byte)) {
	for line := range c.out {
		to(line)
	}
}

func (h *hub) remove(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
	close(c.out)
}

func (h *hub) send(line []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		c.out <- line
	}
}

func (h *hub) Serve(read func() error, to func([]byte)) {
	c := &conn{out: make(chan []byte)}
	h.mu.Lock()
	h.conns[c] = true
	h.mu.Unlock()
	go c.write(to)
	for read() == nil {
		h.send([]byte("ping"))
	}
	h.remove(c)
}
