// Package nocap puts back buffers as large as the largest request.
package nocap

import (
	"bytes"
	"io"
	"net/http"
	"sync"
)

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func Handle(w http.ResponseWriter, r *http.Request) {
	buf := bodies.Get().(*bytes.Buffer)
	buf.Reset()
	io.Copy(buf, r.Body)
	w.Write(buf.Bytes())
	bodies.Put(buf) // leak: pool-put-unbounded
}

// Repaired.

const keep = 64 << 10

var boundedBodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func HandleRepaired(w http.ResponseWriter, r *http.Request) {
	buf := boundedBodies.Get().(*bytes.Buffer)
	buf.Reset()
	io.Copy(buf, r.Body)
	w.Write(buf.Bytes())
	if buf.Cap() <= keep {
		boundedBodies.Put(buf)
	}
}
