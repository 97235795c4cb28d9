package ways

import (
	"bytes"
	"io"
	"sync"
)

var pool = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func putBuffer(b *bytes.Buffer) {
	if b.Cap() > 1<<16 {
		return
	}
	b.Reset()
	pool.Put(b)
}

func getBuffer() *bytes.Buffer { return pool.Get().(*bytes.Buffer) }

func viewAfterPut(w io.Writer) {
	buf := getBuffer()
	b := buf.Bytes()
	pool.Put(buf)
	w.Write(b) // want "high: b shares its memory with buf and is used after buf was put back"
}

func usedAfterPut() {
	buf := getBuffer()
	pool.Put(buf)
	buf.Reset() // want "high: buf is used after it was put back"
}

func usedInOneBranch(w io.Writer, early bool) {
	buf := getBuffer()
	if early {
		putBuffer(buf)
	}
	w.Write(buf.Bytes()) // want "buf is used after it was put back"
}

func putTwice(early bool) {
	buf := getBuffer()
	if early {
		pool.Put(buf)
	}
	pool.Put(buf) // want "high: buf is put back twice"
}

func putTwiceDeferred(w io.Writer) error {
	buf := getBuffer()
	defer putBuffer(buf)
	if _, err := w.Write(nil); err != nil {
		pool.Put(buf) // want "buf is put back here and once more by the deferred call"
		return err
	}
	return nil
}

func returnedView() []byte {
	b := getBuffer()
	defer func() { putBuffer(b) }()
	out := b.Bytes()
	if len(out) == 0 {
		return nil
	}
	return out[:len(out)-1] // want "shares its memory with b, which the deferred call puts back"
}

func returnedNamed() (out []byte) {
	b := getBuffer()
	defer putBuffer(b)
	out = b.Bytes()
	return out // want "out shares its memory with b"
}

func returnedItself() *bytes.Buffer {
	b := getBuffer()
	defer pool.Put(b)
	return b // want "high: b is returned, and the deferred call puts it back"
}

type answer struct{ body []byte }

func returnedInside() *answer {
	b := getBuffer()
	defer putBuffer(b)
	return &answer{body: b.Bytes()} // want "shares its memory with b"
}

type store struct {
	last  []byte
	all   [][]byte
	slots sync.Pool
}

func (s *store) keep() {
	b := getBuffer()
	s.last = b.Bytes() // want "medium: b.Bytes\\(\\) is kept in s.last"
	putBuffer(b)
}

func (s *store) add(part []byte) { s.all = append(s.all, part) }

type slot struct{ data [64]byte }

func (s *store) keepThroughCall() {
	x := s.slots.Get().(*slot)
	defer s.slots.Put(x)
	s.add(x.data[:8]) // want "high: x.data\\[:8\\] is kept in s.all"
}

func sent(ch chan []byte) {
	b := getBuffer()
	ch <- b.Bytes() // want "medium: b.Bytes\\(\\) is kept in ch"
	putBuffer(b)
}

var slices = sync.Pool{New: func() any { b := make([]byte, 0, 10); return &b }}

func sliceAfterPut() []byte {
	p := slices.Get().(*[]byte)
	b := append((*p)[:0], "text"...)
	*p = b
	slices.Put(p)
	return b // want "b shares its memory with p and is used after p was put back"
}

type state struct {
	buf bytes.Buffer
	id  int
}

var states = sync.Pool{New: func() any { return new(state) }}

func (s *state) free() {
	s.buf.Reset()
	states.Put(s)
}

func viewThroughField() []byte {
	s := states.Get().(*state)
	defer s.free()
	return s.buf.Bytes() // want "high: s.buf.Bytes\\(\\) shares its memory with s"
}

func usedByGoroutine() {
	s := states.Get().(*state)
	defer s.free()
	go func() {
		println(s.id) // want "medium: s is used by a goroutine that may still run"
	}()
}

func waitedFor() {
	s := states.Get().(*state)
	defer s.free()
	var group sync.WaitGroup
	group.Go(func() { println(s.id) })
	go func() { println(s.id) }()
	group.Wait()
}

func loopsTo(n int) {
	s := states.Get().(*state)
	for i := range n {
		if i == n-1 {
			s.free() // want "medium: s is put back twice"
		}
	}
}

func linked(first *node) {
	for first != nil {
		next := first.next
		nodes.Put(first)
		first = next
	}
}

type node struct{ next *node }

var nodes sync.Pool
