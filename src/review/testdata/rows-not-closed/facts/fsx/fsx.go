// Package fsx gives and closes files.
package fsx

import (
	"io"
	"os"
	"path/filepath"
)

func Create(dir, name string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return os.Create(filepath.Join(dir, name))
}

// Open gives what is not its caller's to close for "-".
func Open(name string) (*os.File, error) {
	if name == "-" {
		return os.Stdin, nil
	}
	return os.Open(name)
}

func MustOpen(name string) *os.File {
	f, err := os.Open(name)
	if err != nil {
		panic(err)
	}
	return f
}

// Empty gives nil where it cannot empty the file, and an error.
func Empty(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err == nil {
		if err = f.Truncate(0); err != nil {
			f.Close()
			f = nil
		}
	}
	return f, err
}

func CloseQuietly(c io.Closer) {
	if c != nil {
		_ = c.Close()
	}
}

func Lines(r io.Reader) int {
	buffer := make([]byte, 1024)
	n, _ := r.Read(buffer)
	return n
}
