// Package helperalias gets and puts through helpers, and keeps what the buffer holds.
package helperalias

import (
	"bytes"
	"strconv"
	"sync"
)

var pool = sync.Pool{New: func() any { return &bytes.Buffer{} }}

func get() *bytes.Buffer {
	b := pool.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

func put(b *bytes.Buffer) {
	if b.Cap() <= 4096 {
		pool.Put(b)
	}
}

type Cache struct{ last map[int][]byte }

func (c *Cache) Render(id int) {
	b := get()
	b.WriteString(strconv.Itoa(id))
	text := b.Bytes()
	put(b)
	c.last[id] = text // leak: pool-use-after-put
}

// Repaired.

func (c *Cache) RenderRepaired(id int) {
	b := get()
	b.WriteString(strconv.Itoa(id))
	text := bytes.Clone(b.Bytes())
	put(b)
	c.last[id] = text
}
