package drained

import "errors"

type batch []string

type reader struct {
	batches chan batch
	err     error
}

func (r *reader) produce(lines []string, size int) {
	defer close(r.batches)
	for len(lines) > size {
		r.batches <- lines[:size]
		lines = lines[size:]
	}
	if len(lines) > 0 {
		r.batches <- lines
	}
}

func read(lines []string, size int) *reader {
	r := &reader{batches: make(chan batch)}
	go r.produce(lines, size)
	return r
}

// discard lets the producer come to its end.
func (r *reader) discard() {
	for range r.batches {
	}
}

// Import takes the lines in batches and stops at the first that is refused.
func Import(lines []string, take func([]string) bool) (int, error) {
	r := read(lines, 2)
	defer r.discard()
	count := 0
	for b := range r.batches {
		if len(b) == 0 {
			return count, errors.New("an empty batch")
		}
		if !take(b) {
			return count, errors.New("refused")
		}
		count += len(b)
	}
	return count, r.err
}
