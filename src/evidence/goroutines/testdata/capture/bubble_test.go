//go:build go1.25

package main

import (
	"os"
	"runtime/pprof"
	"testing"
	"testing/synctest"
)

// Writes a dump from inside of a synctest bubble to the file that DUMP names: three goroutines in it wait durably.
func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := make(chan int)
		for i := 0; i < 3; i++ {
			go func() { <-ch }()
		}
		synctest.Wait()
		f, err := os.Create(os.Getenv("DUMP"))
		if err != nil {
			t.Fatal(err)
		}
		pprof.Lookup("goroutine").WriteTo(f, 2)
		f.Close()
		close(ch)
	})
}
