package kinds

import (
	"runtime"
	"sync"
)

type pipe struct{ r, w int }

func (p *pipe) close() {}

var pipes = sync.Pool{New: func() any { return newPipe() }}

func newPipe() *pipe {
	p := &pipe{}
	runtime.SetFinalizer(p, (*pipe).close) // want "medium: pipe is pooled and has a finalizer"
	return p
}

func with(f func(*pipe)) {
	p := pipes.Get().(*pipe)
	f(p)
	pipes.Put(p)
}

func drop(p *pipe) { runtime.SetFinalizer(p, nil) }

type file struct{ fd int }

// Not pooled.
func open() *file {
	f := &file{}
	runtime.SetFinalizer(f, func(*file) {})
	return f
}

type conn struct{ fd int }

var conns = sync.Pool{New: func() any {
	c := &conn{}
	runtime.AddCleanup(c, func(int) {}, c.fd)
	return c
}}

func take() *conn { return conns.Get().(*conn) }
