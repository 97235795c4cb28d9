// Package groups counts with WaitGroups in the ways that come out right.
package groups

import (
	"errors"
	"sync"
)

type Server struct {
	wg   sync.WaitGroup
	quit chan struct{}
}

func (s *Server) spawn(f func()) {
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		f()
	}()
}

func (s *Server) Start(fs ...func()) {
	for _, f := range fs {
		s.spawn(f)
	}
}

func (s *Server) StartTwo() {
	s.wg.Add(2)
	go s.read()
	go s.write()
}

func (s *Server) read() {
	defer s.wg.Done()
	<-s.quit
}

func (s *Server) write() {
	defer func() {
		recover()
		s.wg.Done()
	}()
	<-s.quit
}

func (s *Server) Stop() {
	close(s.quit)
	s.wg.Wait()
}

func (s *Server) Begin() (done func(), err error) {
	select {
	case <-s.quit:
		return nil, errors.New("stopped")
	default:
	}
	s.wg.Add(1)
	return s.wg.Done, nil
}

func (s *Server) Handle(f func() error) error {
	s.wg.Add(1)
	defer s.wg.Done()
	return f()
}

func Grid(rows, cols int, f func(r, c int)) {
	var wg sync.WaitGroup
	wg.Add(rows * cols)
	for r := range rows {
		for c := range cols {
			go func() {
				defer wg.Done()
				f(r, c)
			}()
		}
	}
	wg.Wait()
}

func Skip(in []int, f func(int)) {
	var wg sync.WaitGroup
	wg.Add(len(in))
	for _, n := range in {
		if n < 0 {
			wg.Done()
			continue
		}
		go func() {
			defer wg.Done()
			f(n)
		}()
	}
	wg.Wait()
}

func Undo(open func() error, run func()) error {
	var wg sync.WaitGroup
	wg.Add(1)
	if err := open(); err != nil {
		wg.Done()
		return err
	}
	go func() {
		defer wg.Done()
		run()
	}()
	wg.Wait()
	return nil
}

func Barrier(n int, phase func(int)) {
	for p := range 3 {
		var wg sync.WaitGroup
		wg.Add(n)
		for range n {
			go func() {
				defer wg.Done()
				phase(p)
			}()
		}
		wg.Wait()
	}
}

func Gate(n int, f func()) {
	var ready, done sync.WaitGroup
	ready.Add(1)
	done.Add(n)
	for range n {
		go func() {
			defer done.Done()
			ready.Wait()
			f()
		}()
	}
	ready.Done()
	done.Wait()
}

func Recursive(depth int, visit func(int)) {
	var wg sync.WaitGroup
	var walk func(int)
	walk = func(d int) {
		defer wg.Done()
		visit(d)
		if d > 0 {
			wg.Add(1)
			go walk(d - 1)
		}
	}
	wg.Add(1)
	go walk(depth)
	wg.Wait()
}

func ErrorPath(tasks []func() error) (first error) {
	var wg sync.WaitGroup
	var once sync.Once
	for _, t := range tasks {
		wg.Add(1)
		go func(t func() error) {
			if err := t(); err != nil {
				once.Do(func() { first = err })
				wg.Done()
				return
			}
			wg.Done()
		}(t)
	}
	wg.Wait()
	return first
}

func Embedded(names []string, f func(string)) {
	var g struct {
		sync.WaitGroup
		mu   sync.Mutex
		seen []string
	}
	for _, n := range names {
		g.Add(1)
		go func() {
			defer g.Done()
			f(n)
			g.mu.Lock()
			g.seen = append(g.seen, n)
			g.mu.Unlock()
		}()
	}
	g.Wait()
}
