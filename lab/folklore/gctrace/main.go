// Gctrace compares the three clock times of a gctrace line with the pause that the runtime reports for the same cycle,
// and counts what the program did meanwhile. It runs itself with GODEBUG=gctrace=1.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"

	"example.com/hemostat-lab/folklore/observe"
)

type node struct {
	next *node
	_    [6]uint64
}

func main() {
	if len(os.Args) > 1 {
		collect()
		return
	}
	cmd := exec.Command(os.Args[0], "collect")
	cmd.Env = append(os.Environ(), "GODEBUG=gctrace=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		observe.Fail(err)
	}
	var seen map[string]interface{}
	if err := json.Unmarshal(stdout.Bytes(), &seen); err != nil {
		observe.Fail(err)
	}
	lines := regexp.MustCompile(`(?m)^gc \d+ .*: ([0-9.]+)\+([0-9.]+)\+([0-9.]+) ms clock.*$`).FindAllSubmatch(stderr.Bytes(), -1)
	if len(lines) == 0 {
		observe.Fail(fmt.Errorf("no gctrace line in %q", stderr.String()))
	}
	last := lines[len(lines)-1]
	var clock [3]float64
	for i := range clock {
		clock[i], _ = strconv.ParseFloat(string(last[i+1]), 64) // the pattern matched
	}
	seen["line"] = string(last[0])
	seen["aMs"], seen["bMs"], seen["cMs"] = clock[0], clock[1], clock[2]
	observe.Report(seen)
}

// collect marks some three million objects in the last cycle, while another goroutine goes on working.
func collect() {
	runtime.GOMAXPROCS(2)
	debug.SetGCPercent(-1)
	var head *node
	for i := 0; i < 3_000_000; i++ {
		head = &node{next: head}
	}
	var steps, stop int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for atomic.LoadInt64(&stop) == 0 {
			atomic.AddInt64(&steps, 1)
		}
	}()
	for atomic.LoadInt64(&steps) == 0 {
		runtime.Gosched()
	}
	before := observe.Now()
	from := atomic.LoadInt64(&steps)
	runtime.GC()
	worked := atomic.LoadInt64(&steps) - from
	after := observe.Now()
	atomic.StoreInt64(&stop, 1)
	<-done
	runtime.KeepAlive(head)
	observe.Report(map[string]interface{}{
		"pauseMs":          float64(after.PauseTotalNs-before.PauseTotalNs) / 1e6,
		"collections":      after.NumGC - before.NumGC,
		"stepsMeanwhile":   worked,
		"objectsWereAlive": before.HeapObjects,
	})
}
