package ingestfixed

import (
	"errors"
	"time"
)

type file struct {
	name string
	rows int
}

type ingester struct {
	limit int
	load  func(file) error
	bad   chan string
}

// all loads the files, at most limit of them at a time.
func (in *ingester) all(files []file) int {
	slots := make(chan struct{}, in.limit)
	started := 0
	for _, f := range files {
		slots <- struct{}{}
		started++
		go func() {
			defer func() { <-slots }()
			if err := in.load(f); err != nil {
				select {
				case in.bad <- f.name:
				default:
				}
				return
			}
		}()
	}
	return started
}

func (in *ingester) failures() []string {
	var names []string
	for {
		select {
		case name := <-in.bad:
			names = append(names, name)
		default:
			return names
		}
	}
}

// Ingest loads the named files two at a time and returns the names of those that failed.
func Ingest(names []string, rows func(name string) int) []string {
	in := &ingester{limit: 2, bad: make(chan string, len(names))}
	in.load = func(f file) error {
		time.Sleep(time.Millisecond)
		if f.rows == 0 {
			return errors.New("empty file")
		}
		return nil
	}
	var files []file
	for _, name := range names {
		files = append(files, file{name: name, rows: rows(name)})
	}
	in.all(files)
	return in.failures()
}
