// Package onceclose closes its channel once, whoever comes first.
package onceclose

import "sync"

type Stream struct {
	once sync.Once
	done chan struct{}
	data chan []byte
}

func New(read func() ([]byte, error)) *Stream {
	s := &Stream{done: make(chan struct{}), data: make(chan []byte)}
	go s.pump(read)
	return s
}

func (s *Stream) pump(read func() ([]byte, error)) {
	defer close(s.data)
	for {
		b, err := read()
		if err != nil {
			s.Close()
			return
		}
		select {
		case s.data <- b:
		case <-s.done:
			return
		}
	}
}

func (s *Stream) Data() <-chan []byte { return s.data }

func (s *Stream) Close() { s.once.Do(func() { close(s.done) }) }
