package logsfixed

import (
	"fmt"
	"io"
	"strings"
)

type message struct {
	source string
	line   string
}

type watcher struct {
	msg    chan *message
	err    chan error
	closed chan struct{}
}

func newWatcher() *watcher {
	return &watcher{msg: make(chan *message), err: make(chan error, 1), closed: make(chan struct{})}
}

func (w *watcher) close() { close(w.closed) }

type jsonFile struct{ lines []string }

func (f *jsonFile) read(w *watcher) {
	defer close(w.msg)
	for _, line := range f.lines {
		source, rest, found := strings.Cut(line, ":")
		if !found {
			w.err <- fmt.Errorf("no source in %q", line)
			return
		}
		select {
		case w.msg <- &message{source: source, line: rest}:
		case <-w.closed:
			return
		}
	}
}

func (f *jsonFile) follow() *watcher {
	w := newWatcher()
	go f.read(w)
	return w
}

// Copy writes the lines of one source.
func Copy(to io.Writer, source string, lines []string) error {
	file := &jsonFile{lines: lines}
	w := file.follow()
	defer w.close()
	for {
		select {
		case err := <-w.err:
			return err
		case m, open := <-w.msg:
			if !open {
				return nil
			}
			if m.source != source {
				continue
			}
			if _, err := io.WriteString(to, m.line); err != nil {
				return err
			}
		}
	}
}
