// Package fileheads keeps the first bytes of files, and with them the files.
package fileheads

import (
	"bytes"
	"os"
)

var heads = map[string][]byte{}

func Magic(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	heads[path] = data[:4] // leak: slice-keeps-backing
	return nil
}

// Repaired.

func MagicRepaired(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	heads[path] = bytes.Clone(data[:4])
	return nil
}

func Forget(path string) { delete(heads, path) }
