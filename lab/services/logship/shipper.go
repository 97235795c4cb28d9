package main

import (
	"bytes"
	"log"
	"time"
)

type batch struct {
	host string
	text []byte
}

// shipper hands batches from many agents to the one archive connection.
type shipper struct {
	batches chan batch
	archive archive
}

func newShipper() *shipper {
	return &shipper{batches: make(chan batch, 4), archive: archive{levels: map[string]int{}}}
}

func (s *shipper) enqueue(b batch) {
	s.batches <- b
}

// ship writes batches to the archive until the end of the process, or so it is meant.
func (s *shipper) ship() {
	defer func() {
		if problem := recover(); problem != nil {
			log.Printf("shipping stopped: %v", problem)
		}
	}()
	for b := range s.batches {
		for _, line := range bytes.Split(bytes.TrimRight(b.text, "\n"), []byte("\n")) {
			s.archive.write(b.host, parse(line))
		}
		s.archive.flush()
		shippedTotal.Add(1)
	}
}

type record struct {
	level, at, text string
}

// parse splits "level time text".
func parse(line []byte) record {
	fields := bytes.SplitN(line, []byte(" "), 3)
	return record{level: string(fields[0]), at: string(fields[1]), text: string(fields[2])}
}

// archive stands for the connection to the archive; it keeps totals only.
type archive struct {
	levels  map[string]int
	bytes   int64
	pending int
}

func (a *archive) write(host string, r record) {
	a.levels[r.level]++
	a.pending += len(host) + len(r.at) + len(r.text)
}

func (a *archive) flush() {
	time.Sleep(3 * time.Millisecond) // the archive's round trip
	a.bytes += int64(a.pending)
	a.pending = 0
}
