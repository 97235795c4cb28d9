// Package tickerfield keeps a ticker in a struct whose Close does not stop it.
package tickerfield

import "time"

type Sampler struct {
	tick *time.Ticker
	quit chan struct{}
	read func() float64
	last float64
}

func Start(read func() float64) *Sampler {
	s := &Sampler{tick: time.NewTicker(time.Second), quit: make(chan struct{}), read: read} // leak: timer-not-stopped
	go s.run()
	return s
}

func (s *Sampler) run() {
	for {
		select {
		case <-s.tick.C:
			s.last = s.read()
		case <-s.quit:
			return
		}
	}
}

func (s *Sampler) Close() { close(s.quit) }

// Repaired.

type SamplerRepaired struct {
	ticks *time.Ticker
	quit  chan struct{}
	read  func() float64
	last  float64
}

func StartRepaired(read func() float64) *SamplerRepaired {
	s := &SamplerRepaired{ticks: time.NewTicker(time.Second), quit: make(chan struct{}), read: read}
	go s.run()
	return s
}

func (s *SamplerRepaired) run() {
	for {
		select {
		case <-s.ticks.C:
			s.last = s.read()
		case <-s.quit:
			return
		}
	}
}

func (s *SamplerRepaired) Close() {
	s.ticks.Stop()
	close(s.quit)
}
