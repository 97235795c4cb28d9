package locked

import "sync"

type board struct {
	mu      sync.Mutex
	scores  map[string]int
	changes chan string
	quit    chan struct{}
}

func newBoard() *board {
	return &board{scores: map[string]int{}, changes: make(chan string), quit: make(chan struct{})}
}

func (b *board) run() {
	for {
		select {
		case name := <-b.changes:
			b.show(name)
		case <-b.quit:
			return
		}
	}
}

func (b *board) show(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	println(name, b.scores[name])
}

func (b *board) add(name string, points int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if points == 0 {
		return
	}
	b.scores[name] += points
	b.changes <- name // want "this send waits for ever when the goroutine at the other end of changes waits for b.mu, which is locked here"
}

// addLater has unlocked when it sends.
func (b *board) addLater(name string, points int) {
	b.mu.Lock()
	if points == 0 {
		b.mu.Unlock()
		return
	}
	b.scores[name] += points
	b.mu.Unlock()
	b.changes <- name
}

// try never waits.
func (b *board) try(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.changes <- name:
	default:
	}
}

func Play(names []string) {
	b := newBoard()
	go b.run()
	defer close(b.quit)
	for _, name := range names {
		b.add(name, 1)
		b.addLater(name, 1)
		b.try(name)
	}
}

// The writer of a journal needs no lock.
type journal struct {
	mu    sync.Mutex
	lines chan string
	count int
}

func (j *journal) write() {
	for line := range j.lines {
		println(line)
	}
}

func (j *journal) log(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.count++
	j.lines <- line
}

func Log(lines []string) int {
	j := &journal{lines: make(chan string)}
	go j.write()
	defer close(j.lines)
	for _, line := range lines {
		j.log(line)
	}
	return j.count
}

// Readers do not keep each other out.
type reading struct {
	mu    sync.RWMutex
	asked chan string
	known map[string]int
}

func (r *reading) answer() {
	for name := range r.asked {
		r.mu.RLock()
		println(r.known[name])
		r.mu.RUnlock()
	}
}

func (r *reading) ask(name string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.known[name] > 0 {
		r.asked <- name
	}
}

func Ask(names []string) {
	r := &reading{asked: make(chan string), known: map[string]int{}}
	go r.answer()
	defer close(r.asked)
	for _, name := range names {
		r.ask(name)
	}
}

// The kick is kept back while one is on its way.
type cleaner struct {
	mu     sync.Mutex
	kicked bool
	kick   chan struct{}
}

func (c *cleaner) run() {
	for range c.kick {
		c.mu.Lock()
		c.kicked = false
		c.mu.Unlock()
	}
}

func (c *cleaner) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.kicked {
		c.kicked = true
		c.kick <- struct{}{}
	}
}

func Clean(times int) {
	c := &cleaner{kick: make(chan struct{}, 1)}
	go c.run()
	defer close(c.kick)
	for range times {
		c.wake()
	}
}
