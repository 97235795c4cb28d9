package slices

import (
	"bytes"
	"io"
	"sync"
)

var lines = sync.Pool{New: func() any { b := make([]byte, 0, 80); return &b }}

func line(w io.Writer, text string) {
	p := lines.Get().(*[]byte)
	b := append((*p)[:0], text...)
	w.Write(b)
	*p = b
	lines.Put(p) // want "medium: the \\[\\]byte goes back whatever its size"
}

var fixed = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

func copyAll(w io.Writer, r io.Reader) (int64, error) {
	p := fixed.Get().(*[]byte)
	defer fixed.Put(p)
	return io.CopyBuffer(w, r, *p)
}

var checked = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func release(b *bytes.Buffer) {
	if b.Cap() > 1<<16 {
		return
	}
	checked.Put(b)
}

func print(w io.Writer, text string) {
	b := checked.Get().(*bytes.Buffer)
	defer release(b)
	b.Reset()
	b.WriteString(text)
	w.Write(b.Bytes())
}
