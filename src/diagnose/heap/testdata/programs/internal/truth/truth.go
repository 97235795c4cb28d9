// Package truth is what a program knows about its own goroutines: they register themselves with what will become of
// them, and the program prints that as JSON after it has dumped its heap. Nothing here looks at the heap.
package truth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Goroutine is one registered goroutine. Goroutines of the dump that are not registered must not be proven either.
type Goroutine struct {
	ID     int64  `json:"id"`
	Kind   string `json:"kind"`
	Leaked bool   `json:"leaked"`
	Why    string `json:"why"`
	// State is what the runtime said just before the dump, e.g. `chan receive`.
	State string `json:"state"`
	// RuntimeLeaked: the runtime's own goroutineleak profile, taken after the dump, reports it; see RuntimeAsked.
	RuntimeLeaked bool `json:"runtimeLeaked"`
	// Payload is the bytes of the goroutine's own buffer, referenced from its frame only.
	Payload int `json:"payload"`
	// Case groups the goroutines of one random graph; 0 otherwise.
	Case int `json:"case"`
}

// Document is printed to standard output.
type Document struct {
	GoVersion  string      `json:"goVersion"`
	Goroutines []Goroutine `json:"goroutines"`
	// HeldBytes is what only leaked goroutines reach: their payloads, without the runtime's own objects.
	HeldBytes int `json:"heldBytes"`
	Cases     int `json:"cases"`
	// RuntimeAsked: this Go has a goroutineleak profile (1.27, or 1.26 with its experiment).
	RuntimeAsked bool `json:"runtimeAsked"`
}

var (
	mu         sync.Mutex
	registered = map[int64]Goroutine{}
	// expected is how many goroutines were announced; they register when they run.
	expected     int
	runtimeAsked bool
)

// Go starts f as a goroutine that registers itself first.
func Go(g Goroutine, f func()) {
	mu.Lock()
	expected++
	mu.Unlock()
	go func() {
		g.ID = current()
		mu.Lock()
		registered[g.ID] = g
		mu.Unlock()
		f()
	}()
}

// current returns the id of the calling goroutine, from the first line of its own stack: `goroutine 18 [running]:`.
func current() int64 {
	var buf [64]byte
	fields := strings.Fields(string(buf[:runtime.Stack(buf[:], false)]))
	id, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		panic(err)
	}
	return id
}

// AwaitParked returns when every announced goroutine has registered and waits, or ends the program after a minute.
// Kinds in running may go on running.
func AwaitParked(running ...string) {
	deadline := time.Now().Add(time.Minute)
	for {
		unfit := unparked(running)
		if unfit == "" {
			return
		}
		if time.Now().After(deadline) {
			fmt.Fprintln(os.Stderr, "not parked within a minute:", unfit)
			os.Exit(1)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func unparked(running []string) string {
	mu.Lock()
	defer mu.Unlock()
	if len(registered) < expected {
		return fmt.Sprintf("%d of %d goroutines have started", len(registered), expected)
	}
	states, _ := states()
	for id, g := range registered {
		state, there := states[id]
		if !there {
			return fmt.Sprintf("goroutine %d (%s) has ended", id, g.Kind)
		}
		g.State = state
		registered[id] = g
		mayRun := false
		for _, kind := range running {
			mayRun = mayRun || kind == g.Kind
		}
		if mayRun {
			continue
		}
		switch state {
		case "running", "runnable", "syscall", "waiting", "preempted", "copystack":
			return fmt.Sprintf("goroutine %d (%s) is %s", id, g.Kind, state)
		}
	}
	return ""
}

// states reads `goroutine 18 [chan receive, 2 minutes, locked to thread]:` of all goroutines.
// `chan receive (leaked)` is one that a goroutineleak profile has found.
func states() (map[int64]string, map[int64]bool) {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	found, leaked := map[int64]string{}, map[int64]bool{}
	for _, line := range bytes.Split(buf, []byte("\n")) {
		text := string(line)
		if !strings.HasPrefix(text, "goroutine ") || !strings.HasSuffix(text, "]:") {
			continue
		}
		open := strings.IndexByte(text, '[')
		id, err := strconv.ParseInt(strings.Fields(text)[1], 10, 64)
		if err != nil || open < 0 {
			continue
		}
		state := text[open+1 : len(text)-2]
		if comma := strings.IndexByte(state, ','); comma >= 0 {
			state = state[:comma]
		}
		state = strings.TrimSuffix(state, " (scan)")
		leaked[id] = strings.HasSuffix(state, " (leaked)")
		found[id] = strings.TrimSuffix(state, " (leaked)")
	}
	return found, leaked
}

// Dump writes the heap dump to path; what must still be there during the dump is for the caller to keep alive.
// No goroutine is in a system call then, so that Go 1.26 and newer survive it.
func Dump(path string) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	debug.WriteHeapDump(file.Fd())
	if err := file.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// AskRuntime takes the runtime's own leak profile, where there is one, for comparison. No dump can follow.
func AskRuntime() {
	profile := pprof.Lookup("goroutineleak")
	if profile == nil {
		return
	}
	runtimeAsked = true
	if err := profile.WriteTo(io.Discard, 1); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, leaked := states()
	mu.Lock()
	defer mu.Unlock()
	for id, g := range registered {
		g.RuntimeLeaked = leaked[id]
		registered[id] = g
	}
}

// Print writes the document, goroutines by id.
func Print(cases, heldBytes int) {
	mu.Lock()
	defer mu.Unlock()
	doc := Document{GoVersion: runtime.Version(), Cases: cases, HeldBytes: heldBytes, RuntimeAsked: runtimeAsked}
	for _, g := range registered {
		doc.Goroutines = append(doc.Goroutines, g)
	}
	sort.Slice(doc.Goroutines, func(i, j int) bool { return doc.Goroutines[i].ID < doc.Goroutines[j].ID })
	if err := json.NewEncoder(os.Stdout).Encode(doc); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
