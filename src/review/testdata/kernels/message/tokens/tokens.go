// Package tokens limits a rate with a channel of tokens that a goroutine fills.
package tokens

import "time"

type Limiter struct {
	tokens chan struct{}
	done   chan struct{}
}

func NewLimiter(every time.Duration) *Limiter {
	l := &Limiter{tokens: make(chan struct{}, 1)}
	go func() {
		for {
			time.Sleep(every)
			l.tokens <- struct{}{} // leak: goroutine-no-exit|chan-unbounded-producer|chan-send-abandoned
		}
	}()
	return l
}

func (l *Limiter) Take() { <-l.tokens }

func Burst(n int, do func()) {
	l := NewLimiter(time.Millisecond)
	for range n {
		l.Take()
		do()
	}
}

// Repaired.

func NewLimiterRepaired(every time.Duration) *Limiter {
	l := &Limiter{tokens: make(chan struct{}, 1), done: make(chan struct{})}
	go func() {
		for {
			time.Sleep(every)
			select {
			case l.tokens <- struct{}{}:
			case <-l.done:
				return
			}
		}
	}()
	return l
}

func (l *Limiter) Close() { close(l.done) }

func BurstRepaired(n int, do func()) {
	l := NewLimiterRepaired(time.Millisecond)
	defer l.Close()
	for range n {
		l.Take()
		do()
	}
}
