// Package sizefile leaves a file open when it is too large.
package sizefile

import (
	"errors"
	"io"
	"os"
)

func Read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path) // leak: body-not-closed|rows-not-closed
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if st.Size() > limit {
		return nil, errors.New("too large")
	}
	defer f.Close()
	return io.ReadAll(f)
}

// Repaired.

func ReadRepaired(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.Size() > limit {
		return nil, errors.New("too large")
	}
	return io.ReadAll(f)
}
