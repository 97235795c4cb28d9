// Package pooledwriter gives out pooled objects that put themselves back when closed.
package pooledwriter

import (
	"bufio"
	"io"
	"sync"
)

var writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 4096) }}

type Writer struct{ bw *bufio.Writer }

func Open(w io.Writer) *Writer {
	bw := writers.Get().(*bufio.Writer)
	bw.Reset(w)
	return &Writer{bw}
}

func (w *Writer) Write(p []byte) (int, error) { return w.bw.Write(p) }

func (w *Writer) Close() error {
	err := w.bw.Flush()
	w.bw.Reset(nil)
	writers.Put(w.bw)
	w.bw = nil
	return err
}
