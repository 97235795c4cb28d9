// Writes one profile of each kind into the directory given, gzipped and as debug=1 text: the fixtures beside it.
//
//	GOTOOLCHAIN=go1.27.1 go build -trimpath -o /tmp/capture . && /tmp/capture ../go1.27
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

var (
	kept [][]byte
	sink int
)

type store struct {
	mu    sync.Mutex
	items map[int][]byte
}

func (s *store) put(k, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[k] = alloc(size)
}

func alloc(n int) []byte { return make([]byte, n) }

// tree recurses, so that cum must count it once.
func tree(depth int) {
	if depth == 0 {
		kept = append(kept, alloc(1<<20))
		return
	}
	tree(depth - 1)
	if depth%3 == 0 {
		tree(depth - 2)
	}
}

func spin(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := 0; i < 1000; i++ {
			sink += mix(sink)
		}
	}
}

func mix(x int) int { return x*31 + 7 }

func worker(ch chan int, s *store, wg *sync.WaitGroup) {
	defer wg.Done()
	for k := range ch {
		s.put(k, 32<<10)
		s.mu.Lock()
		time.Sleep(time.Millisecond)
		s.mu.Unlock()
	}
}

func stuck(ch chan int) { ch <- 1 }

func write(dir, name string) {
	for debug, ext := range []string{".pb.gz", ".txt"} {
		f, err := os.Create(filepath.Join(dir, name+ext))
		if err != nil {
			panic(err)
		}
		if err := pprof.Lookup(name).WriteTo(f, debug); err != nil {
			panic(err)
		}
		f.Close()
	}
}

func main() {
	dir := os.Args[1]
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	f, err := os.Create(filepath.Join(dir, "cpu.pb.gz"))
	if err != nil {
		panic(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		panic(err)
	}
	labels := pprof.Labels("phase", "spin", "tenant", "a b")
	pprof.Do(context.Background(), labels, func(context.Context) { spin(300 * time.Millisecond) })
	spin(200 * time.Millisecond)
	pprof.StopCPUProfile()
	f.Close()

	s := &store{items: map[int][]byte{}}
	ch := make(chan int)
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go worker(ch, s, &wg)
	}
	for k := 0; k < 120; k++ {
		ch <- k
	}
	close(ch)
	wg.Wait()
	tree(12)
	for i := range kept[:len(kept)/2] {
		kept[i] = nil
	}
	blocked := make(chan int)
	for i := 0; i < 5; i++ {
		go stuck(blocked)
	}
	pprof.Do(context.Background(), pprof.Labels("job", `quo"ted`, "shard", "7"), func(context.Context) { go stuck(blocked) })
	go func() { select {} }()
	time.Sleep(20 * time.Millisecond)
	for i := 0; i < 3; i++ {
		runtime.GC()
	}
	write(dir, "heap")
	write(dir, "goroutine")
	write(dir, "mutex")
	write(dir, "block")
	write(dir, "threadcreate")
	fmt.Println(len(kept), len(s.items), runtime.Version())
}
