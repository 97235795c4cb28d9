// Command retention has what `hemostat prove` looks for beside leaked goroutines: pools that pin large buffers, pooled
// objects with finalizers, a cache that only grows, and channels that are full, empty, closed and abandoned. It dumps its
// heap and prints nothing that a test does not know already.
//
//	retention -dump FILE
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

type buffer struct{ bytes []byte }

type resource struct {
	descriptor int
	bytes      []byte
}

type server struct {
	name string
	pool sync.Pool
}

var (
	buffers   = sync.Pool{New: func() interface{} { return &buffer{} }}
	resources = sync.Pool{New: func() interface{} {
		r := &resource{bytes: make([]byte, 100)}
		runtime.SetFinalizer(r, func(r *resource) { r.descriptor = 0 })
		return r
	}}
	cache    = map[int][]byte{}
	instance *server
	full     = make(chan int64, 5)
	half     = make(chan *int, 8)
	closed   = make(chan string, 3)
)

// fill puts 40 buffers of 4 KiB into a pool, one of which has grown to 8 MiB.
//
//go:noinline
func fill() {
	var got []*buffer
	for i := 0; i < 40; i++ {
		b := buffers.Get().(*buffer)
		b.bytes = make([]byte, 4096)
		if i == 7 {
			b.bytes = make([]byte, 8<<20)
		}
		got = append(got, b)
	}
	for _, b := range got {
		buffers.Put(b)
	}
	first, second := resources.Get(), resources.Get()
	resources.Put(first)
	resources.Put(second)
	instance = &server{name: os.Args[0]}
	for i := 0; i < 10; i++ {
		instance.pool.Put(&buffer{make([]byte, 300_000)})
	}
	for i := 0; i < 1000; i++ {
		cache[i] = make([]byte, 30_000)
	}
	for i := 0; i < cap(full); i++ {
		full <- int64(i)
	}
	for i := 0; i < 3; i++ {
		half <- new(int)
	}
	closed <- "last"
	close(closed)
}

// abandon leaves n goroutines waiting to send on channels with 4 values that nobody else has.
//
//go:noinline
func abandon(n int) {
	for i := 0; i < n; i++ {
		queue := make(chan [16]byte, 4)
		go func() {
			for {
				queue <- [16]byte{}
			}
		}()
	}
}

func main() {
	dump := flag.String("dump", "", "where to write the heap dump")
	flag.Parse()
	// What is in a pool is dropped at the second collection: only one happens.
	debug.SetGCPercent(-1)
	runtime.MemProfileRate = 1
	abandon(6)
	time.Sleep(100 * time.Millisecond)
	fill()
	runtime.GC()
	file, err := os.OpenFile(*dump, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		panic(err)
	}
	debug.WriteHeapDump(file.Fd())
	if err := file.Close(); err != nil {
		panic(err)
	}
	runtime.KeepAlive(instance)
	runtime.KeepAlive([]interface{}{full, half, closed})
	fmt.Printf("{\"goVersion\": %q, \"goroutines\": []}\n", runtime.Version())
}
