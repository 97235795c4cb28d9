package main

import (
	"encoding/binary"
	"fmt"
	"sync"
	"syscall"
)

const (
	recordSize  = 32
	segmentSize = 1 << 20
	// slots of the index of one segment, 4 bytes each: 128 KiB, one slot per record.
	indexSlots = segmentSize / recordSize
)

// segment is a block of mapped memory with its index on the Go heap.
type segment struct {
	data []byte
	used int
	// next chains the records of one sensor: position of the record before, plus one.
	next []uint32
	// last record of each sensor, position plus one.
	last map[uint64]uint32
}

type store struct {
	mu      sync.Mutex
	current *segment
}

func openStore() (*store, error) {
	st := &store{}
	return st, st.rotate()
}

// append copies whole records to the current segment, which it replaces when they do not fit.
func (st *store) append(records []byte) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.current.used+len(records) > segmentSize {
		if err := st.rotate(); err != nil {
			return err
		}
	}
	seg := st.current
	for at := 0; at+recordSize <= len(records); at += recordSize {
		position := uint32(seg.used / recordSize)
		copy(seg.data[seg.used:], records[at:at+recordSize])
		sensor := binary.LittleEndian.Uint64(records[at:])
		seg.next[position] = seg.last[sensor]
		seg.last[sensor] = position + 1
		seg.used += recordSize
		recordsTotal.Add(1)
	}
	return nil
}

// rotate seals the current segment and maps the next one.
func (st *store) rotate() error {
	data, err := syscall.Mmap(-1, 0, segmentSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return fmt.Errorf("map a segment of %d bytes: %w", segmentSize, err)
	}
	st.current = &segment{
		data: data,
		next: make([]uint32, indexSlots),
		last: make(map[uint64]uint32, 64),
	}
	segmentsTotal.Add(1)
	return nil
}

// latest returns the newest value of a sensor in the current segment.
func (st *store) latest(sensor uint64) (uint64, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	position := st.current.last[sensor]
	if position == 0 {
		return 0, false
	}
	at := int(position-1) * recordSize
	return binary.LittleEndian.Uint64(st.current.data[at+16:]), true
}

func putRecord(b []byte, sensor, at, value uint64) {
	binary.LittleEndian.PutUint64(b[0:], sensor)
	binary.LittleEndian.PutUint64(b[8:], at)
	binary.LittleEndian.PutUint64(b[16:], value)
	binary.LittleEndian.PutUint64(b[24:], sensor^at^value)
}
