// Known writes a heap dump in which everything that matters is known, and prints what that is as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"time"
	"unsafe"
)

// A node takes 4096 bytes, with the header that it has since Go 1.22 or without.
type node struct {
	next *node
	_    [4096 - 2*unsafe.Sizeof(uintptr(0))]byte
}

// A leaf is 48 bytes without pointers.
type leaf [6]int64

// An entry is 112 bytes with one pointer.
type entry struct {
	name *[3]int64
	_    [104]byte
}

const (
	nodes   = 1000
	leaves  = 257
	entries = 100
	waiters = 7
	held    = 1 << 16
)

var (
	list  *node
	array [leaves]*leaf
	table map[int]*entry
	inner *int64
	final *entry
)

//go:noinline
func waiter(started chan<- struct{}, never <-chan int, buffer []byte) {
	started <- struct{}{}
	<-never
	runtime.KeepAlive(buffer)
}

// sampled makes an object that is in the heap profile for certain: at the usual rate of one sample in 512 KiB one in seven
// of 1 MiB is not.
//
//go:noinline
func sampled() *[1 << 20]byte {
	rate := runtime.MemProfileRate
	runtime.MemProfileRate = 1
	large := new([1 << 20]byte)
	runtime.MemProfileRate = rate
	return large
}

func hex(p unsafe.Pointer) string {
	return fmt.Sprintf("%#x", uintptr(p))
}

func main() {
	for i := 0; i < nodes; i++ {
		list = &node{next: list}
	}
	for i := range array {
		array[i] = new(leaf)
	}
	inner = &array[100][3]
	table = map[int]*entry{}
	for i := 0; i < entries; i++ {
		table[i] = &entry{name: new([3]int64)}
	}
	final = &entry{}
	runtime.SetFinalizer(final, func(*entry) {})
	large := sampled()
	started := make(chan struct{})
	never := make(chan int, 3)
	for i := 0; i < waiters; i++ {
		go waiter(started, never, make([]byte, held))
		<-started
	}
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	// Linked in, so that the runtime samples allocations.
	_ = pprof.Lookup("heap").Count()
	var slot [leaves]string
	for i, l := range array {
		slot[i] = hex(unsafe.Pointer(l))
	}
	truth := map[string]interface{}{
		"goVersion": runtime.Version(),
		"list":      hex(unsafe.Pointer(list)),
		"array":     hex(unsafe.Pointer(&array)),
		"leaves":    slot,
		"inner":     hex(unsafe.Pointer(inner)),
		"table":     hex(unsafe.Pointer(&table)),
		"final":     hex(unsafe.Pointer(final)),
		"large":     hex(unsafe.Pointer(large)),
		"never":     hex(*(*unsafe.Pointer)(unsafe.Pointer(&never))),
		"nodes":     nodes,
		"entries":   entries,
		"waiters":   waiters,
		"held":      held,
	}
	time.Sleep(50 * time.Millisecond)
	runtime.GC()
	runtime.GC()
	debug.WriteHeapDump(file.Fd())
	if err := file.Close(); err != nil {
		panic(err)
	}
	runtime.KeepAlive(large)
	runtime.KeepAlive(never)
	if err := json.NewEncoder(os.Stdout).Encode(truth); err != nil {
		panic(err)
	}
}
