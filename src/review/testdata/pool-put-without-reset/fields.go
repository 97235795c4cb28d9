package fields

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

type encoder struct {
	out   []byte
	trail []uint64
	seen  map[string]int
}

func (e *encoder) reset() { e.out = e.out[:0] }

func (e *encoder) write(key uint64) {
	e.trail = append(e.trail, key)
	e.out = append(e.out, byte(key))
}

var encoders = sync.Pool{New: func() any { return &encoder{seen: map[string]int{}} }}

func encode(w io.Writer) {
	e := encoders.Get().(*encoder)
	defer encoders.Put(e) // want "high: encoder.trail grows and nothing ever empties it"
	e.reset()
	e.write(1)
	w.Write(e.out)
}

type clean struct{ out []byte }

var cleans = sync.Pool{New: func() any { return new(clean) }}

func whole(w io.Writer) {
	c := cleans.Get().(*clean)
	c.out = append(c.out, 'x')
	w.Write(c.out)
	*c = clean{}
	cleans.Put(c)
}

var builders = sync.Pool{New: func() any { return new(strings.Builder) }}

func build() string {
	b := builders.Get().(*strings.Builder)
	b.WriteString("x")
	text := b.String()
	builders.Put(b) // want "high: the pooled strings.Builder is never reset"
	return text
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func get() *bytes.Buffer {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

func resetByGet(w io.Writer) {
	b := get()
	b.WriteString("x")
	w.Write(b.Bytes())
	buffers.Put(b)
}

var drained = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func drain(w io.Writer) {
	b := drained.Get().(*bytes.Buffer)
	b.WriteString("x")
	b.WriteTo(w)
	drained.Put(b)
}
