// Package byvalue gives a copy of the group to its workers.
package byvalue

import "sync"

func worker(wg sync.WaitGroup, jobs []func()) { // leak: waitgroup-misuse
	defer wg.Done()
	for _, j := range jobs {
		j()
	}
}

func Run(parts [][]func()) {
	var wg sync.WaitGroup
	for _, p := range parts {
		wg.Add(1)
		go worker(wg, p)
	}
	wg.Wait()
}

// Repaired.

func workerRepaired(wg *sync.WaitGroup, jobs []func()) {
	defer wg.Done()
	for _, j := range jobs {
		j()
	}
}

func RunRepaired(parts [][]func()) {
	var wg sync.WaitGroup
	for _, p := range parts {
		wg.Add(1)
		go workerRepaired(&wg, p)
	}
	wg.Wait()
}
