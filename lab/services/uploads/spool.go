package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// magic is how a picture begins.
var magic = []byte{0xff, 0xd8, 0xff, 0xe0}

var errBroken = errors.New("this is not a picture")

// spool writes pictures to unnamed files: nothing is left behind when the process ends.
type spool struct {
	dir string

	mu sync.Mutex
	// rejected pictures by claim, for the person who looks at them.
	rejected map[int]*os.File
}

func openSpool(dir string) (*spool, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("the spool: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("the spool %s is not a directory", dir)
	}
	return &spool{dir: dir, rejected: make(map[int]*os.File)}, nil
}

// take spools a picture and archives it when it is one.
func (sp *spool) take(claim int, body io.Reader) error {
	file, err := os.CreateTemp(sp.dir, "claim-*.jpg")
	if err != nil {
		return err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return err
	}
	if _, err := io.Copy(file, body); err != nil {
		file.Close()
		return err
	}
	if err := check(file); err != nil {
		sp.reject(claim, file)
		return err
	}
	acceptedTotal.Add(1)
	return file.Close()
}

// check reads the header of a spooled picture.
func check(file *os.File) error {
	header := make([]byte, len(magic))
	if _, err := file.ReadAt(header, 0); err != nil {
		return fmt.Errorf("the header: %w", err)
	}
	if !bytes.Equal(header, magic) {
		return errBroken
	}
	return nil
}

func (sp *spool) reject(claim int, file *os.File) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	sp.rejected[claim] = file
	rejectedTotal.Add(1)
}

// look says how large a rejected picture is.
func (sp *spool) look(claim int) (int64, bool) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	file, found := sp.rejected[claim]
	if !found {
		return 0, false
	}
	info, err := file.Stat()
	if err != nil {
		return 0, false
	}
	return info.Size(), true
}
