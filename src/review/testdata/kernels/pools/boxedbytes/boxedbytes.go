// Package boxedbytes puts slices into an any.
package boxedbytes

import (
	"io"
	"sync"
)

var blocks = sync.Pool{New: func() any { return make([]byte, 4096) }} // leak: pool-value-boxed

func Copy(dst io.Writer, src io.Reader) (int64, error) {
	b := blocks.Get().([]byte)
	defer blocks.Put(b) // leak: pool-value-boxed
	return io.CopyBuffer(dst, src, b)
}

// Repaired.

var blocksRepaired = sync.Pool{New: func() any { b := make([]byte, 4096); return &b }}

func CopyRepaired(dst io.Writer, src io.Reader) (int64, error) {
	b := blocksRepaired.Get().(*[]byte)
	defer blocksRepaired.Put(b)
	return io.CopyBuffer(dst, src, *b)
}
