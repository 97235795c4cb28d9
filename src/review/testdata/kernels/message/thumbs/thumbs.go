// Package thumbs makes thumbnails in a pool of workers that are fed until a name is bad.
package thumbs

import (
	"errors"
	"strings"
	"sync"
)

var errName = errors.New("not a picture")

func Make(names []string, scale func(string)) error {
	var wg sync.WaitGroup
	work := make(chan string)
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for name := range work { // leak: chan-range-unclosed
				scale(name)
			}
		}()
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".png") {
			return errName
		}
		work <- name
	}
	close(work)
	wg.Wait()
	return nil
}

// Repaired.

func MakeRepaired(names []string, scale func(string)) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	work := make(chan string)
	defer close(work)
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for name := range work {
				scale(name)
			}
		}()
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".png") {
			return errName
		}
		work <- name
	}
	return nil
}
