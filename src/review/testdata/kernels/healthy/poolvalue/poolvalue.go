// Package poolvalue pools pointer-shaped values, and uses a pooled object again only after another Get.
package poolvalue

import "sync"

type frame struct{ data [256]byte }

var frames = sync.Pool{New: func() any { return new(frame) }}
var maps = sync.Pool{New: func() any { return map[string]int{} }}

func Sum(in <-chan []byte) (n int) {
	f := frames.Get().(*frame)
	for b := range in {
		n += copy(f.data[:], b)
		frames.Put(f)
		f = frames.Get().(*frame)
	}
	frames.Put(f)
	return n
}

func Count(words []string) int {
	m := maps.Get().(map[string]int)
	for _, w := range words {
		m[w]++
	}
	n := len(m)
	if n < 1000 {
		clear(m)
		maps.Put(m)
	}
	return n
}
