// Package subslice returns a part of a pooled slice after it was put back.
package subslice

import (
	"strconv"
	"sync"
)

var digits = sync.Pool{New: func() any { b := make([]byte, 0, 32); return &b }}

func Key(ids ...int) []byte {
	p := digits.Get().(*[]byte)
	b := (*p)[:0]
	for _, id := range ids {
		b = strconv.AppendInt(b, int64(id), 10)
		b = append(b, '/')
	}
	*p = b
	if cap(b) <= 256 {
		digits.Put(p)
	}
	return b[:len(b)-1] // leak: pool-use-after-put
}

// Repaired.

func KeyRepaired(ids ...int) string {
	p := digits.Get().(*[]byte)
	b := (*p)[:0]
	for _, id := range ids {
		b = strconv.AppendInt(b, int64(id), 10)
		b = append(b, '/')
	}
	key := string(b[:len(b)-1])
	*p = b
	if cap(b) <= 256 {
		digits.Put(p)
	}
	return key
}
