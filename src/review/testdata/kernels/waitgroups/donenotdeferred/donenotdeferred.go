// Package donenotdeferred does not call Done when a check fails.
package donenotdeferred

import (
	"log"
	"sync"
)

func Run(tasks []func() error) {
	var wg sync.WaitGroup
	for _, task := range tasks {
		wg.Add(1)
		go func() {
			if err := task(); err != nil {
				log.Print(err)
				return // leak: waitgroup-misuse
			}
			wg.Done()
		}()
	}
	wg.Wait()
}

// Repaired.

func RunRepaired(tasks []func() error) {
	var wg sync.WaitGroup
	for _, task := range tasks {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := task(); err != nil {
				log.Print(err)
				return
			}
		}()
	}
	wg.Wait()
}
