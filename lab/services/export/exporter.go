package main

import (
	"encoding/binary"
	"io"
	"sync"
	"time"
)

// encoder writes rows in the format of the warehouse. The trail lets a reader verify that no row came twice.
type encoder struct {
	out   []byte
	trail []uint64
}

const (
	// outRoom in bytes and trailRoom in keys are enough for the largest single export.
	outRoom   = 96 << 10
	trailRoom = 4 << 10
)

func newEncoder() interface{} {
	return &encoder{out: make([]byte, 0, outRoom), trail: make([]uint64, 0, trailRoom)}
}

// reset makes the encoder ready for the next partition.
func (enc *encoder) reset() {
	enc.out = enc.out[:0]
}

func (enc *encoder) writeRow(key uint64, row []byte) {
	enc.trail = append(enc.trail, key)
	enc.out = binary.AppendUvarint(enc.out, key)
	enc.out = append(enc.out, row...)
}

// flush writes out what was encoded and returns its size in bytes.
func (enc *encoder) flush(w io.Writer) (int, error) {
	time.Sleep(8 * time.Millisecond) // the file system of the warehouse
	return w.Write(enc.out)
}

type exporter struct {
	encoders sync.Pool
}

func newExporter() *exporter {
	return &exporter{encoders: sync.Pool{New: newEncoder}}
}

// exportAll writes all partitions at the same time and returns the number of bytes.
func (e *exporter) exportAll(run int) int {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		total int
	)
	for p := 0; p < partitions; p++ {
		wg.Add(1)
		go func(partition int) {
			defer wg.Done()
			n, err := e.exportPartition(run, partition)
			if err != nil {
				return // the next run takes the same rows
			}
			mu.Lock()
			total += n
			mu.Unlock()
		}(p)
	}
	wg.Wait()
	return total
}

// exportPartition writes the rows that changed since the last run.
func (e *exporter) exportPartition(run, partition int) (int, error) {
	enc := e.encoders.Get().(*encoder)
	defer e.encoders.Put(enc)
	enc.reset()

	var row [12]byte
	changed := 800 + (run*7919+partition*104729)%2000
	for i := 0; i < changed; i++ {
		key := uint64(partition)<<40 | uint64(run)<<16 | uint64(i)
		binary.LittleEndian.PutUint64(row[:], key*0x9e3779b97f4a7c15)
		enc.writeRow(key, row[:])
	}
	rowsTotal.Add(int64(changed))
	return enc.flush(io.Discard)
}
