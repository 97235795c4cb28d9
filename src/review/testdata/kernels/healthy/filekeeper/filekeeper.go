// Package filekeeper stores open files and closes them all at once.
package filekeeper

import (
	"bufio"
	"os"
	"path/filepath"
)

type Log struct {
	f *os.File
	w *bufio.Writer
}

func Create(dir string) (*Log, error) {
	f, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	return &Log{f: f, w: bufio.NewWriter(f)}, nil
}

func (l *Log) Close() error {
	if err := l.w.Flush(); err != nil {
		l.f.Close()
		return err
	}
	return l.f.Close()
}

func OpenAll(paths []string) (files []*os.File, err error) {
	defer func() {
		if err != nil {
			for _, f := range files {
				f.Close()
			}
		}
	}()
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			return files, err
		}
		files = append(files, f)
	}
	return files, nil
}
