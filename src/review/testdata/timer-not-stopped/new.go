package new

import "time"

func drop(n int, poll func()) {
	t := time.NewTicker(time.Second) // want "low: t is never stopped"
	for range n {
		<-t.C
		poll()
	}
}

func waits(in <-chan int) {
	for {
		select {
		case <-time.After(time.Hour):
			return
		case <-in:
		}
	}
}

type session struct {
	closed bool
	timer  *time.Timer
}

func (s *session) refresh() {
	if s.closed {
		return
	}
	time.AfterFunc(time.Minute, s.refresh)
}

func (s *session) keep() {
	s.timer = time.AfterFunc(time.Minute, s.keep)
}

func (s *session) renew() {
	time.AfterFunc(time.Minute, func() { s.renew() }) // want "high: the function arms a timer for itself"
}

func start(report func()) {
	var again func()
	again = func() {
		report()
		time.AfterFunc(time.Minute, again) // want "high: the function arms a timer for itself"
	}
	again()
}
