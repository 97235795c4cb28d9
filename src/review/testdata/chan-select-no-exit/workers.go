package audit

import (
	"context"
	"sync"
	"time"
)

type worker struct {
	lines chan string
	done  chan struct{}
}

func newWorker() *worker {
	w := &worker{lines: make(chan string), done: make(chan struct{})}
	go w.loop()
	return w
}

func (w *worker) loop() {
	for {
		select { // want "high: nothing wakes this select any more once notStopped returns"
		case <-w.lines:
		case <-w.done:
			return
		}
	}
}

func (w *worker) stop() { close(w.done) }

func notStopped(lines []string) {
	w := newWorker()
	for _, line := range lines {
		w.lines <- line
	}
}

func stopped(lines []string) {
	w := newWorker()
	defer w.stop()
	for _, line := range lines {
		w.lines <- line
	}
}

// A ticker keeps the loop busy, but nothing ends it.
func ticking(n int) {
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select { // want "medium: nothing wakes this select"
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	if n > 10 {
		return
	}
	close(done)
}

// Nobody answers where the check fails.
func noAnswer(check func() error) int {
	answer := make(chan int)
	go func() {
		if err := check(); err != nil {
			return
		}
		answer <- 1
	}()
	return <-answer // want "high: this receive from answer waits for ever"
}

func neverMade() {
	var ready chan int
	go func() {
		<-ready // want "high: ready is nil: this receive waits for ever"
	}()
}

type board struct{ open []*alert }

type alert struct{ prices, limits chan int }

func (a *alert) watch(below int) {
	for {
		select { // want "medium: a goroutine that add starts waits here for channels and has no way out"
		case price := <-a.prices:
			below = min(below, price)
		case below = <-a.limits:
		}
	}
}

func (b *board) add(below int) {
	a := &alert{prices: make(chan int), limits: make(chan int)}
	b.open = append(b.open, a)
	go a.watch(below)
}

type session struct {
	in   chan string
	quit chan struct{}
}

func (s *session) run() {
	for {
		select { // want "medium: the only way out of this loop is quit, and nothing in the package closes it"
		case <-s.in:
		case <-s.quit:
			return
		}
	}
}

var sessions sync.Map

func open(name string) {
	s := &session{in: make(chan string), quit: make(chan struct{})}
	sessions.Store(name, s)
	go s.run()
}

func write(name string) {
	if s, ok := sessions.Load(name); ok {
		s.(*session).in <- name
	}
}

type desk struct {
	mu      sync.Mutex
	waiting map[int]chan bool
}

func (d *desk) submit(id int, publish func()) {
	decision := make(chan bool)
	d.mu.Lock()
	d.waiting[id] = decision
	d.mu.Unlock()
	go func() {
		if <-decision { // want "medium: this receive waits for ever for an answer that does not come"
			publish()
		}
	}()
}

func (d *desk) reject(id int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.waiting, id)
}

type parcel struct{ delivered chan int }

func send(out func(*parcel)) {
	p := &parcel{}
	go p.follow()
	out(p)
}

func (p *parcel) follow() int {
	return <-p.delivered // want "medium: this receive waits for ever if p.delivered is not made yet"
}

func (p *parcel) handOver() { p.delivered = make(chan int, 1) }

// From here on all is well.

func withContext(ctx context.Context) chan<- string {
	lines := make(chan string)
	go func() {
		for {
			select {
			case <-lines:
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

func answered(check func() error) int {
	answer := make(chan int)
	go func() {
		defer close(answer)
		if err := check(); err != nil {
			return
		}
		answer <- 1
	}()
	return <-answer
}

func closedOnBothWays(n int) {
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-time.After(time.Second):
			case <-done:
				return
			}
		}
	}()
	if n > 10 {
		close(done)
		return
	}
	close(done)
}

var (
	events  = make(chan string)
	started sync.Once
)

func init() { go forever() }

func forever() {
	for {
		select {
		case <-events:
		}
	}
}

func lazily() {
	started.Do(func() { go forever() })
}

func stopFunc() (stop func()) {
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-events:
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

func usesStop() {
	stop := stopFunc()
	defer stop()
}
