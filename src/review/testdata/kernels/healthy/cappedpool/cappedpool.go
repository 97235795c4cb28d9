// Package cappedpool resets and bounds its buffers, and copies before it puts.
package cappedpool

import (
	"bytes"
	"fmt"
	"sync"
)

const limit = 32 << 10

type bufferPool struct{ p sync.Pool }

var buffers = bufferPool{sync.Pool{New: func() any { return new(bytes.Buffer) }}}

func (b *bufferPool) get() *bytes.Buffer { return b.p.Get().(*bytes.Buffer) }

func (b *bufferPool) put(buf *bytes.Buffer) {
	if buf.Cap() > limit {
		return
	}
	buf.Reset()
	b.p.Put(buf)
}

func Format(v any) string {
	buf := buffers.get()
	defer buffers.put(buf)
	fmt.Fprintf(buf, "%#v", v)
	return buf.String()
}

func Encode(v any) (out []byte) {
	buf := buffers.get()
	fmt.Fprint(buf, v)
	out = append(out, buf.Bytes()...)
	buffers.put(buf)
	buf = nil
	return out
}
