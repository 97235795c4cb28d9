// Package addinside counts a goroutine when it runs, which may be after Wait.
package addinside

import "sync"

func Warm(keys []string, load func(string)) {
	var wg sync.WaitGroup
	for _, k := range keys {
		go func() {
			wg.Add(1) // leak: waitgroup-misuse
			defer wg.Done()
			load(k)
		}()
	}
	wg.Wait()
}

// Repaired.

func WarmRepaired(keys []string, load func(string)) {
	var wg sync.WaitGroup
	for _, k := range keys {
		wg.Add(1)
		go func() {
			defer wg.Done()
			load(k)
		}()
	}
	wg.Wait()
}
