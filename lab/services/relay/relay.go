package main

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

const bufferSize = 32 << 10

// session has what one message needs.
type session struct {
	codec  *codec
	buffer [bufferSize]byte
}

// codec translates; it writes into the buffer of its session.
type codec struct {
	session *session
	escapes int
}

// openSessions is how many sessions exist, for the limit of the other side.
var openSessions int64

func newSession() interface{} {
	s := &session{}
	s.codec = &codec{session: s}
	atomic.AddInt64(&openSessions, 1)
	runtime.SetFinalizer(s, (*session).close)
	return s
}

// close gives the slot back.
func (s *session) close() {
	atomic.AddInt64(&openSessions, -1)
}

type relay struct {
	sessions sync.Pool
}

func newRelay() *relay {
	return &relay{sessions: sync.Pool{New: newSession}}
}

// forward translates one message and returns its size in bytes.
func (rel *relay) forward(message io.Reader) (int, error) {
	s := rel.sessions.Get().(*session)
	n, err := io.ReadFull(message, s.buffer[:])
	if err != nil && err != io.ErrUnexpectedEOF {
		return 0, fmt.Errorf("read the message: %w", err)
	}
	if err := s.codec.translate(n); err != nil {
		// A session that met a broken message may be in any state: do not use it again.
		return 0, err
	}
	rel.sessions.Put(s)
	return n, nil
}

// translate turns the first n bytes of the buffer into the other side's upper-case alphabet.
func (c *codec) translate(n int) error {
	text := c.session.buffer[:n]
	for i, b := range text {
		switch {
		case b == 0:
			c.escapes++
			return fmt.Errorf("byte %d of %d is not text", i, n)
		case 'a' <= b && b <= 'z':
			text[i] = b - 'a' + 'A'
		}
	}
	return nil
}
