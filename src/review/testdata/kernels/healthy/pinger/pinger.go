// Package pinger ends when its connection does.
package pinger

import (
	"bufio"
	"net"
	"time"
)

type session struct {
	conn net.Conn
	out  chan string
	quit chan struct{}
}

func Serve(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		s := &session{conn: c, out: make(chan string, 8), quit: make(chan struct{})}
		go s.write()
		go s.read()
	}
}

func (s *session) read() {
	defer close(s.quit)
	sc := bufio.NewScanner(s.conn)
	for sc.Scan() {
		select {
		case s.out <- sc.Text():
		default:
		}
	}
}

func (s *session) write() {
	defer s.conn.Close()
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		var line string
		select {
		case line = <-s.out:
		case <-t.C:
			line = "ping"
		case <-s.quit:
			return
		}
		if _, err := s.conn.Write([]byte(line + "\n")); err != nil {
			return
		}
	}
}
