package main

import (
	"sync"
	"time"
)

// offerSize bytes is what a traveller gets to see while the airline thinks.
const offerSize = 32 << 10

// open are the questions without an answer, by number.
var open = struct {
	sync.Mutex
	last     uint64
	channels map[uint64]chan seat
}{channels: map[uint64]chan seat{}}

type seat struct {
	free  bool
	cents int64
}

type question struct {
	number      uint64
	flight, row int
	offer       []byte
	answer      <-chan seat
}

func newQuestion(flight, row int) *question {
	answer := make(chan seat, 1)
	q := &question{flight: flight, row: row, answer: answer}
	open.Lock()
	defer open.Unlock()
	open.last++
	q.number = open.last
	open.channels[q.number] = answer
	askedTotal.Add(1)
	line.ask(q.number, flight)
	return q
}

// await prepares the offer, writes the answer into it and sends it on.
func (q *question) await() {
	q.offer = make([]byte, offerSize)
	for i := range q.offer {
		q.offer[i] = byte(q.flight + i*q.row)
	}
	s := <-q.answer
	if s.free {
		q.offer[0] = byte(s.cents)
	}
	answeredTotal.Add(1)
}

// reply hands an answer to the one who waits for it.
func reply(number uint64, s seat) {
	open.Lock()
	answer, there := open.channels[number]
	delete(open.channels, number)
	open.Unlock()
	if there {
		answer <- s
	}
}

// line is the connection to the airlines.
var line = &airlines{}

type airlines struct {
	mu    sync.Mutex
	batch []pending
}

type pending struct {
	number uint64
	flight int
}

func (a *airlines) ask(number uint64, flight int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.batch = append(a.batch, pending{number: number, flight: flight})
}

// run sends what has gathered, ten times a second. Two airlines in five do not answer for sold-out flights.
func (a *airlines) run() {
	for {
		time.Sleep(100 * time.Millisecond)
		a.mu.Lock()
		batch := a.batch
		a.batch = nil
		a.mu.Unlock()
		batchesTotal.Add(1)
		for _, p := range batch {
			if p.flight%5 < 2 {
				continue
			}
			reply(p.number, seat{free: p.flight%3 > 0, cents: int64(p.flight) * 17})
		}
	}
}
