// Heap fills the heap as a service with caches does and writes a heap dump of it:
//
//	heap FILE MB [wait]
//
// Half a million orders and more: structs with strings, slices of items, an index by name, and a list in order of use, until
// MB megabytes (10^6) are in use. A few goroutines wait, some of them for ever. With `wait` it stays until standard input ends.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

type item struct {
	sku   string
	price *int64
	next  *item
}

type order struct {
	id       int64
	customer *string
	items    []*item
	tags     map[string]string
	note     []byte
	older    *order
	newer    *order
}

type store struct {
	byID   map[int64]*order
	oldest *order
	newest *order
}

var (
	shards [16]*store
	sink   []chan []byte
)

func (s *store) add(id int64) {
	customer := "customer-" + strconv.FormatInt(id, 10)
	o := &order{id: id, customer: &customer}
	n := int(id%7) + 2
	o.items = make([]*item, 0, n)
	var last *item
	for i := 0; i < n; i++ {
		price := id*int64(i) + 1000
		last = &item{sku: strconv.Itoa(int(id) + i + 100000), price: &price, next: last}
		o.items = append(o.items, last)
	}
	if id%16 == 0 {
		o.tags = map[string]string{"state": "open", "from": customer}
	}
	if id%2 == 0 {
		o.note = make([]byte, 200+id%800)
	}
	o.older = s.newest
	if s.newest != nil {
		s.newest.newer = o
	} else {
		s.oldest = o
	}
	s.newest = o
	s.byID[id] = o
}

func wait(c chan []byte, held []byte) {
	c <- held
	runtime.KeepAlive(held)
}

func main() {
	target, err := strconv.ParseUint(os.Args[2], 10, 64)
	if err != nil {
		panic(err)
	}
	debug.SetGCPercent(200)
	for i := range shards {
		shards[i] = &store{byID: map[int64]*order{}}
	}
	var m runtime.MemStats
	for id := int64(0); ; id++ {
		shards[id%16].add(id)
		if id%65536 == 0 {
			runtime.ReadMemStats(&m)
			if m.HeapAlloc >= target*1000*1000 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				if m.HeapAlloc >= target*1000*1000 {
					break
				}
			}
		}
	}
	for i := 0; i < 1000; i++ {
		c := make(chan []byte)
		if i%2 == 0 {
			sink = append(sink, c)
		}
		go wait(c, make([]byte, 8192))
	}
	for i := 0; i < 10; i++ {
		runtime.Gosched()
	}
	runtime.GC()
	runtime.GC()
	f, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	debug.WriteHeapDump(f.Fd())
	if err := f.Close(); err != nil {
		panic(err)
	}
	runtime.ReadMemStats(&m)
	fmt.Println(m.HeapAlloc, m.HeapObjects)
	if len(os.Args) > 3 {
		if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
			panic(err)
		}
	}
	runtime.KeepAlive(shards)
}
