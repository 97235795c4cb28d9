package proxy

import (
	"errors"
	"io"
)

type tunnel struct {
	left, right io.ReadWriteCloser
	errs        chan error
}

func newTunnel(left, right io.ReadWriteCloser) *tunnel {
	return &tunnel{left: left, right: right, errs: make(chan error, 2)}
}

func (t *tunnel) pipe(to io.Writer, from io.Reader) {
	_, err := io.Copy(to, from)
	t.errs <- err
}

// run returns when one direction has ended; closing both sides ends the other, whose error has room.
func (t *tunnel) run() error {
	go t.pipe(t.left, t.right)
	go t.pipe(t.right, t.left)
	err := <-t.errs
	return errors.Join(err, t.left.Close(), t.right.Close())
}

// Proxy connects the two until one of them is done.
func Proxy(left, right io.ReadWriteCloser) error { return newTunnel(left, right).run() }
