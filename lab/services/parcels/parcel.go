package main

import (
	"sync"
	"time"
)

// trackSize bytes of positions are kept per parcel until its file is closed.
const trackSize = 40 << 10

type parcel struct {
	number    int64
	route     int
	delivered chan report
	track     []byte
}

// report is what the courier says at the door.
type report struct {
	at        time.Time
	signature uint64
}

func newParcel(number int64, route int) *parcel {
	return &parcel{number: number, route: route}
}

// follow closes the parcel's file when it is delivered.
func (p *parcel) follow() {
	p.track = make([]byte, trackSize)
	for i := range p.track {
		p.track[i] = byte(i * p.route)
	}
	r := <-p.delivered
	p.close(r)
}

func (p *parcel) close(r report) {
	var sum uint64
	for _, position := range p.track {
		sum = sum*31 + uint64(position)
	}
	if sum != r.signature {
		deliveredTotal.Add(1)
	}
}

// depot hands parcels to couriers.
type depot struct {
	mu    sync.Mutex
	tours map[int][]*parcel
}

func newDepot() *depot {
	d := &depot{tours: map[int][]*parcel{}}
	go d.drive()
	return d
}

func (d *depot) handOver(p *parcel) {
	p.delivered = make(chan report, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tours[p.route] = append(d.tours[p.route], p)
}

// drive delivers what was handed over, a tour every 20 ms.
func (d *depot) drive() {
	for route := 0; ; route = (route + 1) % 30 {
		time.Sleep(20 * time.Millisecond)
		d.mu.Lock()
		tour := d.tours[route]
		delete(d.tours, route)
		d.mu.Unlock()
		for _, p := range tour {
			p.delivered <- report{at: time.Now(), signature: uint64(p.number)}
		}
	}
}
