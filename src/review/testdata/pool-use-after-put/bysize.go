package bysize

import (
	"bytes"
	"fmt"
	"sync"
)

var pool = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const limit = 1 << 16

func small(v any) []byte {
	b := pool.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if b.Cap() <= limit {
			pool.Put(b)
		}
	}()
	fmt.Fprint(b, v)
	return b.Bytes() // want "high: b.Bytes\\(\\) shares its memory with b, which the deferred call puts back"
}

func notLarge(v any) []byte {
	b := pool.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if limit > b.Cap() && b.Len() < limit {
			pool.Put(b)
		}
	}()
	fmt.Fprint(b, v)
	return b.Bytes() // want "high: b.Bytes\\(\\) shares its memory"
}

func onError(v any) (b *bytes.Buffer, err error) {
	b = pool.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if err != nil {
			pool.Put(b)
		}
	}()
	_, err = fmt.Fprint(b, v)
	return b, err
}

func unlessKept(v any, keep bool) []byte {
	b := pool.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if b.Cap() <= limit && !keep {
			pool.Put(b)
		}
	}()
	fmt.Fprint(b, v)
	return b.Bytes()
}
