package service

import (
	"bytes"
	"io"
	"math/rand"
	"net/http"
	"time"
)

// Event is one unit of load. Its random numbers depend on the seed and N only, so a run can be repeated whichever
// worker takes which event.
type Event struct {
	N    int
	Rand *rand.Rand
}

// pacerTick bounds how bursty the load is: events that fall due within one tick start together.
const pacerTick = 10 * time.Millisecond

// Drive starts workers that between them handle e.Rate events per second for the life of the process. A worker that
// is late does not lose events; the pacer waits for it.
func (e *Env) Drive(workers int, handle func(Event)) {
	e.DriveShaped(workers, func(time.Duration) float64 { return e.Rate }, handle)
}

// DriveShaped is Drive with a rate (events per second) that depends on the time since the start.
func (e *Env) DriveShaped(workers int, rate func(sinceStart time.Duration) float64, handle func(Event)) {
	due := make(chan int, workers)
	for i := 0; i < workers; i++ {
		go func() {
			for n := range due {
				handle(e.Event(n))
			}
		}()
	}
	go pace(due, rate, e.loadFor)
}

// pace ends after loadFor, unless that is 0, and ends the workers.
func pace(due chan<- int, rate func(time.Duration) float64, loadFor time.Duration) {
	start := time.Now()
	last := start
	owed := 0.0
	n := 0
	defer close(due)
	for loadFor == 0 || time.Since(start) < loadFor {
		time.Sleep(pacerTick)
		now := time.Now()
		step := now.Sub(last)
		if step > time.Second {
			// The process was stopped or starved: go on at the usual rate rather than flood.
			step = time.Second
		}
		last = now
		owed += rate(now.Sub(start)) * step.Seconds()
		for ; owed >= 1; owed-- {
			due <- n
			n++
		}
	}
}

// Event returns the event number n.
func (e *Env) Event(n int) Event {
	return Event{N: n, Rand: rand.New(&splitMix{state: uint64(e.Seed)<<32 ^ uint64(n)})}
}

// Get requests path from the service itself and returns the status code, 0 when no answer came.
func (e *Env) Get(path string) int {
	resp, err := e.Client.Get(e.URL + path)
	return drain(resp, err)
}

// Post sends body to the service itself and returns the status code, 0 when no answer came.
func (e *Env) Post(path string, body []byte) int {
	resp, err := e.Client.Post(e.URL+path, "application/json", bytes.NewReader(body))
	return drain(resp, err)
}

func drain(resp *http.Response, err error) int {
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0
	}
	return resp.StatusCode
}

// Words returns text of about n bytes, as log lines and documents have.
func Words(r *rand.Rand, n int) []byte {
	var b bytes.Buffer
	b.Grow(n + 16)
	for b.Len() < n {
		b.WriteString(vocabulary[r.Intn(len(vocabulary))])
		b.WriteByte(' ')
	}
	return b.Bytes()[:n]
}

var vocabulary = [...]string{
	"order", "shipped", "parcel", "invoice", "refund", "basket", "price", "stock", "customer", "warehouse",
	"delivery", "address", "payment", "voucher", "gift", "return", "label", "carrier", "pallet", "supplier",
}

// splitMix is a rand.Source64 that costs nothing to seed (the default source fills 607 words). Steele, Lea and Flood,
// "Fast splittable pseudorandom number generators", 2014.
type splitMix struct{ state uint64 }

func (s *splitMix) Uint64() uint64 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (s *splitMix) Int63() int64 { return int64(s.Uint64() >> 1) }

func (s *splitMix) Seed(seed int64) { s.state = uint64(seed) }
