package main

import (
	"fmt"
	"sync"
	"time"
)

// bitmapSize bytes is one label at 203 dots per inch.
const bitmapSize = 32 << 10

type label struct{ text string }

// job is the queue between fetch and print.
type job struct {
	shelf, labels int
	// canvas is what print draws on; it is as large as a label.
	canvas []byte

	mu      sync.Mutex
	changed *sync.Cond
	queue   []label
	done    bool
	failed  error
}

func newJob(shelf, labels int) *job {
	j := &job{shelf: shelf, labels: labels}
	j.changed = sync.NewCond(&j.mu)
	return j
}

// fetch asks the warehouse for the labels, one after the other.
func (j *job) fetch() {
	for i := 0; i < j.labels; i++ {
		l, err := j.ask(i)
		j.mu.Lock()
		if err != nil {
			j.failed = err
			j.mu.Unlock()
			failedTotal.Add(1)
			return
		}
		j.queue = append(j.queue, l)
		j.done = i == j.labels-1
		j.mu.Unlock()
		j.changed.Signal()
	}
}

// ask takes a few milliseconds; shelves that are being moved have no labels.
func (j *job) ask(i int) (label, error) {
	time.Sleep(time.Duration(1+(j.shelf+i)%4) * time.Millisecond)
	if j.shelf%9 < 4 && i == j.labels-1 {
		return label{}, fmt.Errorf("shelf %d is being moved", j.shelf)
	}
	return label{text: fmt.Sprintf("%04d-%02d", j.shelf, i)}, nil
}

// next returns the next label, or false when there will be no more.
func (j *job) next() (label, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.queue) == 0 && !j.done && j.failed == nil {
		j.changed.Wait()
	}
	if len(j.queue) == 0 {
		return label{}, false
	}
	l := j.queue[0]
	j.queue = j.queue[1:]
	return l, true
}

// print feeds the printer.
func (j *job) print() {
	j.canvas = make([]byte, bitmapSize)
	for {
		l, more := j.next()
		if !more {
			return
		}
		for i := range j.canvas {
			j.canvas[i] = l.text[i%len(l.text)]
		}
		labelsTotal.Add(1)
	}
}
