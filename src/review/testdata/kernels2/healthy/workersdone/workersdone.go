package workersdone

import "sync"

type chunk struct {
	id   int
	data []byte
}

type pool struct {
	in   chan chunk
	out  chan int
	wg   sync.WaitGroup
	hash func([]byte) int
}

func newPool(n int, hash func([]byte) int) *pool {
	p := &pool{in: make(chan chunk), out: make(chan int), hash: hash}
	p.wg.Add(n)
	for range n {
		go p.work()
	}
	go func() {
		p.wg.Wait()
		close(p.out)
	}()
	return p
}

func (p *pool) work() {
	defer p.wg.Done()
	for c := range p.in {
		p.out <- p.hash(c.data)
	}
}

func (p *pool) feed(all [][]byte) {
	defer close(p.in)
	for id, data := range all {
		p.in <- chunk{id: id, data: data}
	}
}

// Hash adds up the hashes of all parts.
func Hash(parts [][]byte, hash func([]byte) int) int {
	p := newPool(3, hash)
	go p.feed(parts)
	sum := 0
	for h := range p.out {
		sum += h
	}
	return sum
}
