package right

import (
	"bytes"
	"io"
	"sync"
)

var pool = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func exclusive(w io.Writer, early bool) {
	buf := pool.Get().(*bytes.Buffer)
	if early {
		pool.Put(buf)
	}
	w.Write(nil)
	if !early {
		pool.Put(buf)
	}
}

func loops(list []*bytes.Buffer) {
	for i := 0; i < 10; i++ {
		buf := pool.Get().(*bytes.Buffer)
		buf.WriteString("x")
		pool.Put(buf)
	}
	for _, b := range list {
		pool.Put(b)
	}
	var b *bytes.Buffer
	for range 3 {
		b = pool.Get().(*bytes.Buffer)
		b.Reset()
		pool.Put(b)
	}
}

func text() string {
	b := pool.Get().(*bytes.Buffer)
	defer pool.Put(b)
	return b.String()
}

func copied() []byte {
	b := pool.Get().(*bytes.Buffer)
	defer pool.Put(b)
	return append([]byte(nil), b.Bytes()...)
}

func again() {
	b := pool.Get().(*bytes.Buffer)
	pool.Put(b)
	b = pool.Get().(*bytes.Buffer)
	b.Reset()
	pool.Put(b)
	b = nil
	if b != nil {
		panic("b")
	}
}

type writer struct{ view []byte }

func (w *writer) lend() {
	b := pool.Get().(*bytes.Buffer)
	w.view = b.Bytes()
	w.flush()
	w.view = nil
	pool.Put(b)
}

func (w *writer) flush() {}

type counted struct {
	refs int
	buf  *bytes.Buffer
}

var counters = sync.Pool{New: func() any { return new(counted) }}

// release puts back only with the last reference: its callers may go on.
func (c *counted) release() {
	c.refs--
	if c.refs == 0 {
		counters.Put(c)
	}
}

func use(c *counted) int {
	c.release()
	return c.refs
}

// done says whether it was put back.
func (c *counted) done() bool {
	if c != nil {
		counters.Put(c)
		return true
	}
	return false
}

func ask(c *counted) int {
	if c.done() {
		return 0
	}
	return c.refs
}

func own(buf *bytes.Buffer) {
	if buf == nil {
		buf = pool.Get().(*bytes.Buffer)
		defer pool.Put(buf)
	}
	buf.WriteString("x")
}

func lends(buf *bytes.Buffer) int {
	own(buf)
	return buf.Len()
}

func length() int {
	b := pool.Get().(*bytes.Buffer)
	data := b.Bytes()
	pool.Put(b)
	return len(data)
}

func clauses(values chan any, buffers chan *bytes.Buffer) {
	for {
		switch v := (<-values).(type) {
		case *bytes.Buffer:
			v.Reset()
			pool.Put(v)
		case nil:
			return
		}
		select {
		case b := <-buffers:
			b.Reset()
			pool.Put(b)
		default:
		}
	}
}
