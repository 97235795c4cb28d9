// Package pooling uses sync.Pool in ways that are right.
package pooling

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"sync"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func getBuffer() *bytes.Buffer {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

func putBuffer(b *bytes.Buffer) {
	const most = 1 << 16
	if b.Cap() > most {
		return
	}
	buffers.Put(b)
}

func Text(v any) string {
	b := getBuffer()
	defer putBuffer(b)
	fmt.Fprint(b, v)
	return string(bytes.TrimSpace(b.Bytes()))
}

func Len(v any) int {
	b := getBuffer()
	fmt.Fprint(b, v)
	n := b.Len()
	putBuffer(b)
	return n
}

func Append(dst []byte, v any) []byte {
	b := getBuffer()
	defer putBuffer(b)
	fmt.Fprint(b, v)
	return append(dst, b.Bytes()...)
}

func Write(w io.Writer, v any) (int64, error) {
	b := getBuffer()
	defer putBuffer(b)
	fmt.Fprint(b, v)
	return b.WriteTo(w)
}

func Early(v any) (string, error) {
	b := getBuffer()
	if _, err := fmt.Fprint(b, v); err != nil {
		putBuffer(b)
		return "", err
	}
	s := b.String()
	putBuffer(b)
	return s, nil
}

func Chunks(r io.Reader, each func(string)) error {
	for {
		b := getBuffer()
		n, err := io.CopyN(b, r, 1024)
		if n > 0 {
			each(b.String())
		}
		putBuffer(b)
		if err != nil {
			return err
		}
	}
}

type state struct {
	stack []int
	names map[string]int
	block [64]byte
}

func (s *state) reset() {
	s.stack = s.stack[:0]
	clear(s.names)
}

var states = sync.Pool{New: func() any { return &state{names: map[string]int{}} }}

func Depth(in string) int {
	s := states.Get().(*state)
	defer func() {
		if cap(s.stack) < 1024 && len(s.names) < 1024 {
			s.reset()
			states.Put(s)
		}
	}()
	most := 0
	for _, r := range in {
		if r == '(' {
			s.stack = append(s.stack, 1)
		}
		most = max(most, len(s.stack))
	}
	return most
}

type Pool[T any] struct{ p sync.Pool }

func NewPool[T any](make func() *T) *Pool[T] {
	return &Pool[T]{p: sync.Pool{New: func() any { return make() }}}
}

func (p *Pool[T]) Get() *T  { return p.p.Get().(*T) }
func (p *Pool[T]) Put(v *T) { p.p.Put(v) }

var readers sync.Pool

type gzipBody struct {
	zr *gzip.Reader
	io.Closer
}

func OpenGzip(rc io.ReadCloser) (io.ReadCloser, error) {
	zr, ok := readers.Get().(*gzip.Reader)
	if !ok {
		zr = new(gzip.Reader)
	}
	if err := zr.Reset(rc); err != nil {
		readers.Put(zr)
		return nil, err
	}
	return &gzipBody{zr, rc}, nil
}

func (g *gzipBody) Read(p []byte) (int, error) { return g.zr.Read(p) }

func (g *gzipBody) Close() error {
	if g.zr != nil {
		g.zr.Close()
		readers.Put(g.zr)
		g.zr = nil
	}
	return g.Closer.Close()
}

var classes [4]sync.Pool

// Block returns a block of a size class; Free puts it back by its size.
func Block(class int) *[]byte {
	if b, ok := classes[class].Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, 1<<(10+class))
	return &b
}

func Free(b *[]byte) {
	for class := range classes {
		if cap(*b) == 1<<(10+class) {
			classes[class].Put(b)
			return
		}
	}
}

var lines = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4096) }}

func FirstLine(r io.Reader) (string, error) {
	br := lines.Get().(*bufio.Reader)
	br.Reset(r)
	defer func() {
		br.Reset(nil)
		lines.Put(br)
	}()
	s, err := br.ReadString('\n')
	return strings.TrimSpace(s), err
}
