package kinds

import "sync"

type point struct{ x, y, z float64 }

type handle struct{ p *int }

var (
	points  sync.Pool
	names   sync.Pool
	handles sync.Pool
	small   sync.Pool
	maps    sync.Pool
	made    = sync.Pool{New: func() any {
		return point{} // want "medium: New returns a struct, not a pointer: it is boxed in 24 bytes"
	}}
)

func put(p point, name string, h handle, b byte, m map[string]int) {
	points.Put(p)   // want "medium: Put is given a struct, not a pointer: every Put allocates 24 bytes"
	names.Put(name) // want "medium: Put is given a string"
	handles.Put(h)
	small.Put(b)
	maps.Put(m)
	points.Put(&p)
}

func take() point { return made.Get().(point) }
