// Package closureguard locks in a closure with two ways out.
package closureguard

import "sync"

func Dedupe(in []string, workers int, emit func(string)) {
	var mu sync.Mutex
	seen := map[string]bool{}
	visit := func(s string) bool {
		mu.Lock() // leak: lock-not-released
		if seen[s] {
			return false
		}
		seen[s] = true
		mu.Unlock()
		return true
	}
	var wg sync.WaitGroup
	for w := 0; w < workers; w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := w; i < len(in); i += workers {
				if visit(in[i]) {
					emit(in[i])
				}
			}
		}()
	}
	wg.Wait()
}

// Repaired.

func DedupeRepaired(in []string, workers int, emit func(string)) {
	var mu sync.Mutex
	seen := map[string]bool{}
	visit := func(s string) bool {
		mu.Lock()
		defer mu.Unlock()
		if seen[s] {
			return false
		}
		seen[s] = true
		return true
	}
	var wg sync.WaitGroup
	for w := 0; w < workers; w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := w; i < len(in); i += workers {
				if visit(in[i]) {
					emit(in[i])
				}
			}
		}()
	}
	wg.Wait()
}
