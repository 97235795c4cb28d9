package attach

import (
	"errors"
	"io"
)

type streams struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

type container interface {
	Stdin() io.WriteCloser
	Stdout() io.Reader
	Stderr() io.Reader
}

type attachment struct {
	streams streams
	errs    chan error
}

func newAttachment(s streams) *attachment {
	return &attachment{streams: s, errs: make(chan error, 1)}
}

func (a *attachment) copyOut(to io.Writer, from io.Reader) {
	_, err := io.Copy(to, from)
	a.errs <- err // leak: chan-first-wins|chan-send-abandoned
}

func (a *attachment) copyIn(to io.WriteCloser) {
	_, err := io.Copy(to, a.streams.stdin)
	a.errs <- errors.Join(err, to.Close()) // leak: chan-first-wins|chan-send-abandoned
}

func (a *attachment) run(c container) error {
	go a.copyIn(c.Stdin())
	go a.copyOut(a.streams.stdout, c.Stdout())
	go a.copyOut(a.streams.stderr, c.Stderr())
	return <-a.errs
}

// Attach connects the streams to the container until the first of them ends.
func Attach(c container, stdin io.Reader, stdout, stderr io.Writer) error {
	return newAttachment(streams{stdin: stdin, stdout: stdout, stderr: stderr}).run(c)
}

type fake struct{ in io.WriteCloser }

type nowhere struct{ io.Writer }

func (nowhere) Close() error { return nil }

func (f *fake) Stdin() io.WriteCloser { return f.in }
func (f *fake) Stdout() io.Reader     { return eof{} }
func (f *fake) Stderr() io.Reader     { return eof{} }

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// SelfTest attaches to a container that says nothing.
func SelfTest() error {
	return Attach(&fake{in: nowhere{io.Discard}}, eof{}, io.Discard, io.Discard)
}
