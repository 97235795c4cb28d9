// Package deferloops defers in loops that end the function, or in functions that loops call.
package deferloops

import (
	"io"
	"os"
	"sync"
)

func FirstOf(paths ...string) (string, error) {
	var last error
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			last = err
			continue
		}
		defer f.Close()
		b, err := io.ReadAll(f)
		return string(b), err
	}
	return "", last
}

func Each(mus []*sync.Mutex, f func(int)) {
	for i, mu := range mus {
		func() {
			mu.Lock()
			defer mu.Unlock()
			f(i)
		}()
	}
}

func Parallel(paths []string, handle func(io.Reader)) {
	var wg sync.WaitGroup
	for _, p := range paths {
		wg.Add(1)
		go func() {
			defer wg.Done()
			f, err := os.Open(p)
			if err != nil {
				return
			}
			defer f.Close()
			handle(f)
		}()
	}
	wg.Wait()
}
