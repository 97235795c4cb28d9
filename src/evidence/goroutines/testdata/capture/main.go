// Parks known numbers of goroutines in every way that a program can, writes what /debug/pprof and /proc say of itself into
// a directory, with truth.json beside it, and ends as it is told to: quit, panic, throw or deadlock.
package main

import (
	"context"
	"encoding/json"
	"expvar"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"
)

type store struct {
	ch   chan int
	mu   sync.Mutex
	rw   sync.RWMutex
	cond *sync.Cond
	wg   sync.WaitGroup
}

type named[T any] struct{ ch chan T }

//go:noinline
func (n *named[T]) wait(v T) { n.ch <- v }

//go:noinline
func (s *store) send(a, b int, text string) { s.ch <- a + b + len(text) }

func (s *store) inlinedReceive(ch chan string) string { return <-ch }

//go:noinline
func receive(s *store, ch chan string) { s.inlinedReceive(ch) }

//go:noinline
func nilReceive() { var ch chan int; <-ch }

//go:noinline
func nilSend() { var ch chan int; ch <- 1 }

//go:noinline
func forever() { select {} }

//go:noinline
func choose(a, b chan int) {
	select {
	case <-a:
	case b <- 1:
	}
}

//go:noinline
func descend(depth int, ch chan int) int {
	if depth == 0 {
		return <-ch
	}
	return descend(depth-1, ch) + 1
}

func (s *store) method() { s.mu.Lock() }

func spawn(count int, f func()) int {
	for i := 0; i < count; i++ {
		go f()
	}
	return count
}

func main() {
	dir := flag.String("dir", ".", "where the files go")
	park := flag.Duration("park", 300*time.Millisecond, "how long everything is parked before the dump")
	end := flag.String("end", "quit", "quit, panic, throw or deadlock")
	flag.Parse()
	if *end == "deadlock" {
		ch := make(chan int)
		go func() { ch <- 1 }()
		go func() { ch <- 2 }()
		forever()
	}

	touch(heapBytes)

	s := &store{ch: make(chan int)}
	s.cond = sync.NewCond(&sync.Mutex{})
	s.mu.Lock()
	s.rw.Lock()
	s.wg.Add(1)
	strings := make(chan string)
	ints := make(chan int)
	generic := &named[map[string]int]{ch: make(chan map[string]int)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)

	parked := map[string]int{}
	parked["main.(*store).send"] = spawn(37, func() { s.send(1, 2, "three") })
	parked["main.receive"] = spawn(5, func() { receive(s, strings) })
	parked["main.nilReceive"] = spawn(4, nilReceive)
	parked["main.nilSend"] = spawn(3, nilSend)
	parked["main.forever"] = spawn(2, forever)
	parked["main.choose"] = spawn(11, func() { choose(ints, ints2) })
	parked["main.(*store).method"] = spawn(7, s.method)
	parked["sync.(*RWMutex).RLock"] = spawn(3, func() { s.rw.RLock() })
	parked["sync.(*RWMutex).Lock"] = spawn(2, func() { s.rw.Lock() })
	parked["sync.(*WaitGroup).Wait"] = spawn(6, s.wg.Wait)
	parked["sync.(*Cond).Wait"] = spawn(3, func() { s.cond.L.Lock(); s.cond.Wait() })
	parked["time.Sleep"] = spawn(2, func() { time.Sleep(time.Hour) })
	parked["net.(*TCPListener).Accept"] = spawn(1, func() { listener.Accept() })
	parked["main.descend"] = spawn(2, func() { descend(150, ints) })
	parked["main.(*named[...]).wait"] = spawn(3, func() { generic.wait(nil) })
	parked["main.main.func.locked"] = spawn(1, func() { runtime.LockOSThread(); <-ints })
	parked["main.main.func.labels"] = spawn(2, func() {
		pprof.Do(context.Background(), pprof.Labels("handler", "/orders", "note", "a \"b\", c: {d}\té"), func(context.Context) { <-ints })
	})

	time.Sleep(*park / 2)
	runtime.GC() // the runtime notes since when a goroutine waits at the next GC
	time.Sleep(*park)
	write(*dir, "debug2.txt", func(f *os.File) error { return pprof.Lookup("goroutine").WriteTo(f, 2) })
	write(*dir, "debug1.txt", func(f *os.File) error { return pprof.Lookup("goroutine").WriteTo(f, 1) })
	write(*dir, "heap-debug1.txt", func(f *os.File) error { return pprof.Lookup("heap").WriteTo(f, 1) })
	if leaks := pprof.Lookup("goroutineleak"); leaks != nil {
		write(*dir, "leak-debug2.txt", func(f *os.File) error { return leaks.WriteTo(f, 2) })
	}
	write(*dir, "vars.json", func(f *os.File) error {
		orders := expvar.NewMap("orders")
		orders.Add("accepted", 12)
		orders.AddFloat("seconds", 1.5)
		expvar.NewFloat("ratio").Set(0.25)
		expvar.NewString("version").Set("1.2.3")
		fmt.Fprintf(f, "{\n")
		first := true
		expvar.Do(func(kv expvar.KeyValue) {
			if kv.Key == "cmdline" {
				return // names the machine's directories
			}
			if !first {
				fmt.Fprintf(f, ",\n")
			}
			first = false
			fmt.Fprintf(f, "%q: %s", kv.Key, kv.Value)
		})
		_, err := fmt.Fprintf(f, "\n}\n")
		return err
	})
	write(*dir, "truth.json", func(f *os.File) error {
		out := json.NewEncoder(f)
		out.SetIndent("", " ")
		return out.Encode(map[string]interface{}{
			"go": runtime.Version(), "goroutines": runtime.NumGoroutine(), "parked": parked, "heapBytes": heapBytes, "mapBytes": mapBytes,
		})
	})
	for i := 0; i < 3; i++ {
		mapped, err := syscall.Mmap(-1, 0, mapBytes/3, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		check(err)
		for page := 0; page < len(mapped); page += 4096 {
			mapped[page] = 1
		}
	}
	for _, name := range []string{"status", "stat", "smaps", "smaps_rollup"} {
		text, err := os.ReadFile("/proc/self/" + name)
		check(err)
		check(os.WriteFile(filepath.Join(*dir, name+".txt"), text, 0o644))
	}

	switch *end {
	case "panic":
		fmt.Fprintln(os.Stderr, "2026/05/01 10:00:00 about to panic")
		panic(fmt.Errorf("as told: %v", 42))
	case "throw":
		shared := map[int]int{}
		for i := 0; i < 8; i++ {
			go func() {
				for j := 0; ; j++ {
					shared[j%10] = j
				}
			}()
		}
		forever()
	default:
		fmt.Fprintln(os.Stderr, "2026/05/01 10:00:00 about to quit")
		check(syscall.Kill(os.Getpid(), syscall.SIGQUIT))
		time.Sleep(time.Minute)
	}
}

var ints2 = make(chan int)

const (
	heapBytes = 32 << 20
	mapBytes  = 24 << 20
)

var held [][]byte

// touch makes that many bytes of live heap, every page of it resident.
func touch(bytes int) {
	for i := 0; i < bytes; i += 1 << 20 {
		block := make([]byte, 1<<20)
		for page := 0; page < len(block); page += 4096 {
			block[page] = 1
		}
		held = append(held, block)
	}
}

func write(dir, name string, to func(*os.File) error) {
	f, err := os.Create(filepath.Join(dir, name))
	check(err)
	check(to(f))
	check(f.Close())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
