package suite

import (
	"errors"
	"net"
	"sync"
)

type echo struct {
	listener net.Listener
	wg       sync.WaitGroup
	conns    chan net.Conn
	quit     chan struct{}
}

type suite struct{ cleanups []func() }

func (s *suite) cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

func (s *suite) done() {
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		s.cleanups[i]()
	}
}

func startEcho(s *suite) (*echo, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	e := &echo{listener: listener, conns: make(chan net.Conn), quit: make(chan struct{})}
	e.wg.Add(1)
	go e.accept()
	s.cleanup(e.stop)
	return e, nil
}

func (e *echo) accept() {
	defer e.wg.Done()
	for {
		conn, err := e.listener.Accept()
		if err != nil {
			return
		}
		select {
		case e.conns <- conn:
		case <-e.quit:
			conn.Close()
			return
		}
	}
}

func (e *echo) stop() {
	close(e.quit)
	e.listener.Close()
	e.wg.Wait()
}

// Check dials the server of a suite.
func Check(hello string) error {
	s := &suite{}
	defer s.done()
	e, err := startEcho(s)
	if err != nil {
		return err
	}
	conn, err := net.Dial("tcp", e.listener.Addr().String())
	if err != nil {
		return err
	}
	s.cleanup(func() { conn.Close() })
	if hello == "" {
		return errors.New("nothing to say")
	}
	accepted := <-e.conns
	return accepted.Close()
}
