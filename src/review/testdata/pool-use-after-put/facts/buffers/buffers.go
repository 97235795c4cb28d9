// Package buffers has a pool behind functions.
package buffers

import (
	"bytes"
	"sync"
)

var pool = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func Get() *bytes.Buffer { return pool.Get().(*bytes.Buffer) }

func Put(b *bytes.Buffer) {
	b.Reset()
	pool.Put(b)
}
