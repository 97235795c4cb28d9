package harness

import (
	"fmt"
	"net"
	"time"
)

type testServer struct {
	listener net.Listener
	conns    chan net.Conn
	failure  chan error
}

func startServer() (*testServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &testServer{listener: listener, conns: make(chan net.Conn), failure: make(chan error, 1)}
	go s.acceptOne()
	return s, nil
}

func (s *testServer) acceptOne() {
	conn, err := s.listener.Accept()
	if err != nil {
		s.failure <- err
		return
	}
	s.conns <- conn // leak: chan-send-abandoned
}

func (s *testServer) stop() { s.listener.Close() }

type reporter interface {
	Fatalf(format string, args ...any)
}

func greet(conn net.Conn, hello string) error {
	if hello == "" {
		return fmt.Errorf("nothing to say")
	}
	_, err := fmt.Fprintln(conn, hello)
	return err
}

// CheckGreeting dials a server of its own and says hello to it.
func CheckGreeting(r reporter, hello string) error {
	s, err := startServer()
	if err != nil {
		r.Fatalf("listen: %v", err)
		return err
	}
	defer s.stop()
	conn, err := net.DialTimeout("tcp", s.listener.Addr().String(), time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := greet(conn, hello); err != nil {
		return err
	}
	select {
	case accepted := <-s.conns:
		return accepted.Close()
	case err := <-s.failure:
		return err
	}
}
