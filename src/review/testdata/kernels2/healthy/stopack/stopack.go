package stopack

import "time"

type sampler struct {
	stop    chan chan int
	samples chan int
}

func newSampler() *sampler {
	s := &sampler{stop: make(chan chan int), samples: make(chan int, 16)}
	go s.run()
	return s
}

func (s *sampler) run() {
	total := 0
	for {
		select {
		case n := <-s.samples:
			total += n
		case ack := <-s.stop:
			for len(s.samples) > 0 {
				total += <-s.samples
			}
			ack <- total
			return
		}
	}
}

func (s *sampler) add(n int) bool {
	select {
	case s.samples <- n:
		return true
	case <-time.After(time.Second):
		return false
	}
}

func (s *sampler) close() int {
	ack := make(chan int)
	s.stop <- ack
	return <-ack
}

// Sum adds the numbers, elsewhere.
func Sum(numbers []int) int {
	s := newSampler()
	for _, n := range numbers {
		if !s.add(n) {
			break
		}
	}
	return s.close()
}
