// Package waitinloop counts all members and waits for all after the first was started.
package waitinloop

import "sync"

func Close(members []func()) {
	var wg sync.WaitGroup
	wg.Add(len(members))
	for _, m := range members {
		go func() {
			defer wg.Done()
			m()
		}()
		wg.Wait() // leak: waitgroup-misuse
	}
}

// Repaired.

func CloseRepaired(members []func()) {
	var wg sync.WaitGroup
	wg.Add(len(members))
	for _, m := range members {
		go func() {
			defer wg.Done()
			m()
		}()
	}
	wg.Wait()
}
