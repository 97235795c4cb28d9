// Writes an execution trace of a known number of mapping calls to standard output.
package main

import (
	"os"
	"runtime/trace"
	"syscall"
)

const (
	mapped   = 25
	unmapped = 10
)

func grow() []byte {
	b, err := syscall.Mmap(-1, 0, 1<<16, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	return b
}

func main() {
	if err := trace.Start(os.Stdout); err != nil {
		panic(err)
	}
	var all [][]byte
	for i := 0; i < mapped; i++ {
		all = append(all, grow())
	}
	for _, b := range all[:unmapped] {
		if err := syscall.Munmap(b); err != nil {
			panic(err)
		}
	}
	trace.Stop()
}
