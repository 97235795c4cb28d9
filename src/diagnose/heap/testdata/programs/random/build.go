package main

import (
	"os"
	"reflect"
	"runtime"
	"sync"
	"time"

	"example.com/heap-programs/internal/truth"
)

// globals are the roots of all cases.
var globals []interface{}

// pipe is read from by those that wait for a descriptor; its other end stays open.
var pipe, _ = openPipe()

func openPipe() (reads, writes *os.File) {
	reads, writes, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	globals = append(globals, writes)
	return reads, writes
}

// carton is a box: it refers to others through fields of several types.
type carton struct {
	first   interface{}
	others  []interface{}
	byName  map[string]interface{}
	payload []byte
}

// lockedCarton has its mutex inside: who waits for the mutex refers into the middle of the object.
type lockedCarton struct {
	carton
	mu   sync.Mutex
	note string
}

// paddedMutex is a mutex in a block of its own. The runtime puts objects below 16 bytes without pointers, as a sync.Mutex
// is, into one block with others, and no dump can tell which of them a pointer to the block means.
type paddedMutex struct {
	sync.Mutex
	_ [8]byte
}

// build makes the objects of g and starts its goroutines. Nothing of it is referred to afterwards but what the
// description says.
//
//go:noinline
func build(g *graph, number int, alive []bool) {
	objects := make([]interface{}, len(g.nodes))
	for i, n := range g.nodes {
		objects[i] = n.object()
	}
	for i, n := range g.nodes {
		refers := pickObjects(objects, n.refers)
		switch object := objects[i].(type) {
		case *carton:
			object.fill(refers, n.payload)
		case *lockedCarton:
			object.fill(refers, n.payload)
		case chan interface{}:
			for _, other := range refers {
				object <- other
			}
		}
	}
	for _, at := range g.roots {
		globals = append(globals, objects[at])
	}
	for i := range g.goroutines {
		r := g.goroutines[i]
		name := "nothing"
		if r.live != blocked {
			name = [...]string{"", "sleep", "timer", "ticker", "pipe"}[r.live]
		} else if len(r.waits) > 1 {
			name = "select"
		} else if len(r.waits) == 1 {
			name = kindNames[g.nodes[r.waits[0]].kind]
		}
		run(truth.Goroutine{Kind: name, Leaked: !alive[i], Why: g.why(i), Case: number},
			r.frame, parking{r.live, pickObjects(objects, r.waits), r.sends, r.onNil}, pickObjects(objects, r.holds))
	}
}

func (n node) object() interface{} {
	switch n.kind {
	case unbuffered:
		return make(chan interface{})
	case buffered:
		if n.full {
			return make(chan interface{}, len(n.refers))
		}
		return make(chan interface{}, 3)
	case mutex:
		mu := new(paddedMutex)
		mu.Lock()
		return mu
	case rwmutex:
		mu := new(sync.RWMutex)
		mu.Lock()
		return mu
	case waitGroup:
		group := new(sync.WaitGroup)
		group.Add(1)
		return group
	case cond:
		return sync.NewCond(new(paddedMutex))
	case lockedBox:
		locked := &lockedCarton{note: "locked"}
		locked.mu.Lock()
		return locked
	default:
		return new(carton)
	}
}

func (c *carton) fill(refers []interface{}, payload int) {
	c.payload = make([]byte, payload)
	for i, other := range refers {
		switch i {
		case 0:
			c.first = other
		case 1:
			c.byName = map[string]interface{}{"other": other}
		default:
			c.others = append(c.others, other)
		}
	}
}

func pickObjects(objects []interface{}, at []int) []interface{} {
	picked := make([]interface{}, len(at))
	for i, index := range at {
		picked[i] = objects[index]
	}
	return picked
}

// parking is what a goroutine does: live, sends and onNil as described, waits as objects.
type parking struct {
	live  liveness
	waits []interface{}
	sends []bool
	onNil bool
}

// run starts a goroutine, which holds what it holds in one of several ways.
func run(g truth.Goroutine, frame int, p parking, holds []interface{}) {
	switch frame {
	case 0: // captured by the closure
		truth.Go(g, func() {
			p.park()
			runtime.KeepAlive(holds)
		})
	case 1: // in a caller's local variables
		truth.Go(g, func() {
			caller(p, holds)
		})
	case 2: // in a deferred call
		truth.Go(g, func() {
			defer func() { runtime.KeepAlive(holds) }()
			p.park()
		})
	default: // in a method's receiver
		h := &holding{objects: holds}
		truth.Go(g, func() { h.park(p) })
	}
}

type holding struct{ objects []interface{} }

//go:noinline
func (h *holding) park(p parking) {
	p.park()
	runtime.KeepAlive(h.objects)
}

//go:noinline
func caller(p parking, holds []interface{}) {
	var first interface{}
	if len(holds) > 0 {
		first = holds[0]
	}
	rest := append([]interface{}(nil), holds...)
	if len(rest) > 0 {
		rest[0] = nil
	}
	p.park()
	runtime.KeepAlive(first)
	runtime.KeepAlive(rest)
}

// park never returns. What it waits for stays referred to.
//
//go:noinline
func (p parking) park() {
	switch p.live {
	case sleeping:
		time.Sleep(time.Hour)
	case timing:
		<-time.After(time.Hour)
	case ticking:
		<-time.NewTicker(time.Hour).C
	case reading:
		_, _ = pipe.Read(make([]byte, 1))
	default:
		p.block()
	}
	runtime.KeepAlive(p.waits)
}

func (p parking) block() {
	waits, sends := p.waits, p.sends
	switch len(waits) {
	case 0:
		if p.onNil {
			<-(chan int)(nil)
		}
		select {}
	case 1:
		blockOn(waits[0], sends[0])
	case 2:
		// Written out, as programs do; below through reflect, as some do.
		a, b := waits[0].(chan interface{}), waits[1].(chan interface{})
		switch {
		case sends[0] && sends[1]:
			select {
			case a <- nil:
			case b <- nil:
			}
		case sends[0]:
			select {
			case a <- nil:
			case <-b:
			}
		case sends[1]:
			select {
			case <-a:
			case b <- nil:
			}
		default:
			select {
			case <-a:
			case <-b:
			}
		}
	default:
		cases := make([]reflect.SelectCase, len(waits))
		for i, ch := range waits {
			cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ch)}
			if sends[i] {
				cases[i].Dir = reflect.SelectSend
				cases[i].Send = reflect.Zero(cases[i].Chan.Type().Elem())
			}
		}
		reflect.Select(cases)
	}
}

func blockOn(object interface{}, send bool) {
	switch object := object.(type) {
	case chan interface{}:
		if send {
			object <- nil
		} else {
			<-object
		}
	case *paddedMutex:
		object.Lock()
	case *sync.RWMutex:
		object.RLock()
	case *sync.WaitGroup:
		object.Wait()
	case *lockedCarton:
		object.mu.Lock()
	case *sync.Cond:
		object.L.Lock()
		object.Wait()
	}
}
