// Package breakselect means to leave the loop and leaves the select.
package breakselect

type Session struct {
	in     chan string
	closed chan struct{}
}

func Open(handle func(string)) *Session {
	s := &Session{in: make(chan string), closed: make(chan struct{})}
	go s.run(handle)
	return s
}

func (s *Session) run(handle func(string)) {
	for {
		select { // leak: chan-select-no-exit|goroutine-no-exit
		case msg := <-s.in:
			handle(msg)
		case <-s.closed:
			break
		}
	}
}

func (s *Session) Close() { close(s.closed) }

// Repaired.

type SessionRepaired struct {
	in     chan string
	closed chan struct{}
}

func OpenRepaired(handle func(string)) *SessionRepaired {
	s := &SessionRepaired{in: make(chan string), closed: make(chan struct{})}
	go s.run(handle)
	return s
}

func (s *SessionRepaired) run(handle func(string)) {
loop:
	for {
		select {
		case msg := <-s.in:
			handle(msg)
		case <-s.closed:
			break loop
		}
	}
}

func (s *SessionRepaired) Close() { close(s.closed) }
