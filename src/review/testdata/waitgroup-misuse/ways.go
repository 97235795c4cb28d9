package ways

import "sync"

func fine(n int, do func() error) {
	var wg sync.WaitGroup
	for range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if do() != nil {
				return
			}
		}()
	}
	wg.Wait()
}

func bothWays(do func() error) {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		if do() != nil {
			wg.Done()
			return
		}
		wg.Done()
	}()
	wg.Wait()
}

func nested(do func() error) {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		wg.Add(1)
		go func() {
			defer wg.Done()
			do()
		}()
	}()
	wg.Wait()
}

func inside(do func() error) {
	wg := &sync.WaitGroup{}
	go func() {
		wg.Add(1) // want "high: wg.Add runs in the goroutine that it counts: wg.Wait on line 53 may come first"
		do()
		wg.Done()
	}()
	wg.Wait()
}

func forgets(do func() error) {
	var wg sync.WaitGroup
	wg.Add(2)
	for range 2 {
		go func() {
			for do() == nil {
				if do() != nil {
					return
				}
			}
			wg.Done() // want "high: wg.Done is not called when the goroutine returns on line 63"
		}()
	}
	wg.Wait()
}

func never(do func() error) {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		do()
	}()
	wg.Wait() // want "high: nobody calls wg.Done"
}

func given(do func(*sync.WaitGroup)) {
	var wg sync.WaitGroup
	wg.Add(1)
	go do(&wg)
	wg.Wait()
}

type pool struct {
	wg sync.WaitGroup
}

func (p *pool) start(do func() error, counted bool) {
	if counted {
		p.wg.Add(1)
	}
	go func() {
		if counted {
			p.wg.Done()
		}
	}()
}

func (p *pool) close() {
	p.wg.Wait()
}

type album struct {
	pages sync.WaitGroup
	read  func(int) ([]byte, error)
}

func (a *album) assemble(n int) {
	for page := range n {
		a.pages.Add(1)
		go a.layOut(page)
		a.pages.Add(1)
		go a.finish(page)
	}
	a.pages.Wait()
}

func (a *album) layOut(page int) {
	_, err := a.photograph(page)
	if err != nil {
		return
	}
	a.pages.Done() // want "high: a.pages.Done is not called when the goroutine returns on line 125"
}

func (a *album) photograph(page int) ([]byte, error) {
	return a.read(page)
}

func (a *album) finish(page int) {
	if _, err := a.photograph(page); err != nil {
		a.skip()
		return
	}
	a.pages.Done()
}

func (a *album) skip() {
	a.pages.Done()
}
