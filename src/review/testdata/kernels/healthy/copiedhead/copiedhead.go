// Package copiedhead keeps parts of what it read that own their memory, or are most of it.
package copiedhead

import (
	"bytes"
	"os"
	"strings"
)

type Index struct {
	bodies map[string][]byte
	names  map[string]string
	magic  map[string][4]byte
}

func (x *Index) Add(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	x.bodies[path] = bytes.TrimSpace(data)
	line, _, _ := strings.Cut(string(data), "\n")
	x.names[path] = strings.Clone(line)
	if len(data) >= 4 {
		x.magic[path] = [4]byte(data[:4])
	}
	return nil
}
