// Package quitsend stops a reader that may have stopped already.
package quitsend

import "io"

type Reader struct {
	quit chan struct{}
	src  io.Reader
	buf  []byte
}

func (r *Reader) pump() {
	for {
		select {
		case <-r.quit:
			return
		default:
		}
		if _, err := r.src.Read(r.buf); err != nil {
			return
		}
	}
}

func ReadFor(src io.Reader, wait func()) {
	r := &Reader{quit: make(chan struct{}), src: src, buf: make([]byte, 512)}
	go r.pump()
	wait()
	r.quit <- struct{}{} // leak: chan-send-abandoned
}

// Repaired.

func ReadForRepaired(src io.Reader, wait func()) {
	r := &Reader{quit: make(chan struct{}), src: src, buf: make([]byte, 512)}
	go r.pump()
	wait()
	close(r.quit)
}
