package kinds

import (
	"bytes"
	"io"
	"os"
	"strings"
)

var (
	magic  []byte
	titles []string
	copies []byte
)

type index struct {
	heads map[string][]byte
	list  [][]byte
	last  []byte
}

func (x *index) add(name string, r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	x.heads[name] = data[:8]           // want "medium: data\\[:8\\] is kept in x.heads\\[name\\]"
	x.list = append(x.list, data[4:8]) // want "medium: data\\[4:8\\] is kept in x.list"
	x.last = data[:8]
	x.heads["copy"] = bytes.Clone(data[:8])
	return nil
}

func load(name string) {
	data, _ := os.ReadFile(name)
	magic = data[:4] // want "high: data\\[:4\\] is kept in magic and keeps all of data in memory"
	text := string(data)
	titles = append(titles, text[:20]) // want "high: text\\[:20\\] is kept in titles"
	titles = append(titles, strings.Clone(text[:20]))
	copies = append(copies, data[:4]...)
	small := make([]byte, 64)
	magic = small[:4]
	large := make([]byte, 1<<20)
	magic = large[:16] // want "high: large\\[:16\\] is kept in magic"
	magic = large[:1<<19]
}
