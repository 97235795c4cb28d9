// Command cost measures what a capture costs a Go service: it fills a heap, parks goroutines, asks itself for each
// profile three times and prints how long that took and how long the world was stopped (runtime/metrics,
// /sched/pauses/total). The figures in README.md are from `go run . 1024 10000`.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"time"
)

const address = "127.0.0.1:6071"

var pauseMetrics = []string{"/sched/pauses/total/gc:seconds", "/sched/pauses/total/other:seconds"}

// node is 64 bytes with a pointer: small objects that the collector has to mark one by one.
type node struct {
	next *node
	data [56]byte
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: cost HEAP_MIB GOROUTINES")
	}
	mib, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	goroutines, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	heap := fill(mib)
	never := make(chan int)
	for range goroutines {
		go func() { <-never }()
	}
	go func() { log.Fatal(http.ListenAndServe(address, nil)) }()
	time.Sleep(time.Second)
	fmt.Printf("%s, %d MiB of live heap, %d goroutines, GOMAXPROCS %d\n", runtime.Version(), mib, goroutines, runtime.GOMAXPROCS(0))
	for _, path := range []string{"heap?gc=1", "heap?debug=1", "goroutine", "goroutine?debug=2", "goroutineleak", "trace?seconds=1"} {
		for range 3 {
			measure(path)
		}
	}
	runtime.KeepAlive(heap)
}

// fill makes lists of 100 nodes each.
func fill(mib int) []*node {
	var lists []*node
	for i := range mib << 20 / 64 {
		if i%100 == 0 {
			lists = append(lists, nil)
		}
		last := len(lists) - 1
		lists[last] = &node{next: lists[last]}
	}
	return lists
}

func measure(path string) {
	before := pauses()
	start := time.Now()
	resp, err := http.Get("http://" + address + "/debug/pprof/" + path)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	size, err := io.Copy(io.Discard, resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	took := time.Since(start)
	if resp.StatusCode != http.StatusOK {
		fmt.Printf("%-18s %s\n", path, resp.Status)
		return
	}
	after := pauses()
	fmt.Printf("%-18s %9d B %8.1f ms", path, size, took.Seconds()*1e3)
	for i, name := range []string{"GC", "other"} {
		count, longest := added(before[i], after[i])
		fmt.Printf("  %s pauses: %d, longest under %5.2f ms", name, count, longest*1e3)
	}
	fmt.Println()
}

func pauses() []*metrics.Float64Histogram {
	samples := make([]metrics.Sample, len(pauseMetrics))
	for i, name := range pauseMetrics {
		samples[i].Name = name
	}
	metrics.Read(samples)
	var histograms []*metrics.Float64Histogram
	for _, s := range samples {
		h := s.Value.Float64Histogram()
		// The runtime may reuse the counts at the next Read.
		histograms = append(histograms, &metrics.Float64Histogram{Counts: append([]uint64(nil), h.Counts...), Buckets: h.Buckets})
	}
	return histograms
}

// added returns how many pauses there were in between, and the upper bound of the longest in seconds.
func added(before, after *metrics.Float64Histogram) (count uint64, longest float64) {
	for i := range after.Counts {
		if n := after.Counts[i] - before.Counts[i]; n > 0 {
			count += n
			longest = after.Buckets[i+1]
		}
	}
	return count, longest
}
