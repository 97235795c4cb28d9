package minerfixed

import "errors"

type work struct {
	number     int
	difficulty int
}

type agent struct {
	jobs    chan work
	results chan int
	stop    chan struct{}
}

func newAgent() *agent {
	return &agent{jobs: make(chan work, 1), results: make(chan int, 8), stop: make(chan struct{})}
}

func (a *agent) mine(w work) (int, error) {
	if w.difficulty > 100 {
		return 0, errors.New("too difficult")
	}
	return w.number * w.difficulty, nil
}

func (a *agent) loop() {
	for {
		select {
		case w := <-a.jobs:
			result, err := a.mine(w)
			if err != nil {
				return
			}
			a.results <- result
		case <-a.stop:
			return
		}
	}
}

func (a *agent) start() { go a.loop() }

func (a *agent) quit() {
	close(a.stop)
}

// Mine works on one block.
func Mine(number, difficulty int) (int, error) {
	a := newAgent()
	a.start()
	defer a.quit()
	a.jobs <- work{number: number, difficulty: difficulty}
	if difficulty > 100 {
		return 0, errors.New("no result is expected")
	}
	return <-a.results, nil
}
