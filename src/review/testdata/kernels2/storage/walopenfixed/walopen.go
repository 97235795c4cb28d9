package walopenfixed

import (
	"errors"
	"os"
)

type flushRequest struct {
	data  []byte
	reply chan error
}

type wal struct {
	file     *os.File
	requests chan flushRequest
	written  int64
}

func (w *wal) flusher() {
	for request := range w.requests {
		n, err := w.file.Write(request.data)
		w.written += int64(n)
		request.reply <- err
	}
}

func (w *wal) append(data []byte) error {
	request := flushRequest{data: data, reply: make(chan error, 1)}
	w.requests <- request
	return <-request.reply
}

func (w *wal) close() error {
	close(w.requests)
	return w.file.Close()
}

func replay(file *os.File, apply func([]byte) error) error {
	header := make([]byte, 8)
	if _, err := file.ReadAt(header, 0); err != nil {
		return err
	}
	return apply(header)
}

func open(path string, apply func([]byte) error) (*wal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	w := &wal{file: file, requests: make(chan flushRequest)}
	go w.flusher()
	if err := replay(file, apply); err != nil {
		w.close()
		return nil, errors.Join(errors.New("replay"), err)
	}
	return w, nil
}

// Append opens the log and adds the entry.
func Append(path string, data []byte, apply func([]byte) error) error {
	w, err := open(path, apply)
	if err != nil {
		return err
	}
	if err := w.append(data); err != nil {
		w.close()
		return err
	}
	return w.close()
}
