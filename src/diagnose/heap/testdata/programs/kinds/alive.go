package main

import (
	"context"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"example.com/heap-programs/internal/truth"
)

// A holder keeps an object reachable for as long as the program runs.
type holder struct {
	name string
	hold func(wake interface{})
}

var (
	globalSlice   []interface{}
	globalMap     = map[int]interface{}{}
	globalClosure []func() interface{}
	globalValue   atomic.Value // of *chained
	globalSyncMap sync.Map
	globalQueue   = make(chan interface{}, 1<<12)
	globalBench   = make(chan int)
	globalPool    sync.Pool
	// forThePool are put into globalPool late: what is in a pool is dropped at the second collection.
	forThePool []interface{}
	anchors    []*anchor
	globalPipe [2]*os.File
	globalConn net.Conn
	spinning   int32 = 1
	unstarted  []interface{}
)

type chained struct {
	next *chained
	wake interface{}
}

// anchor is an object with a finalizer.
type anchor struct{ name string }

var holders = []holder{
	{"a global slice", func(wake interface{}) { globalSlice = append(globalSlice, wake) }},
	{"a global map", func(wake interface{}) { globalMap[len(globalMap)] = wake }},
	{"a closure in a global", func(wake interface{}) {
		globalClosure = append(globalClosure, func() interface{} { return wake })
	}},
	{"a list in a global atomic.Value", func(wake interface{}) {
		head, _ := globalValue.Load().(*chained)
		globalValue.Store(&chained{next: head, wake: wake})
	}},
	{"a global sync.Map", func(wake interface{}) { globalSyncMap.Store(new(int), wake) }},
	{"the buffer of a global channel", func(wake interface{}) { globalQueue <- wake }},
	{"a sync.Pool", func(wake interface{}) { forThePool = append(forThePool, wake) }},
	{"a sleeping goroutine", func(wake interface{}) {
		park("holder-sleeping", func() {
			time.Sleep(time.Hour)
			runtime.KeepAlive(wake)
		})
	}},
	{"a goroutine in IO wait", func(wake interface{}) {
		park("holder-io", func() {
			_, _ = globalPipe[0].Read(make([]byte, 1))
			runtime.KeepAlive(wake)
		})
	}},
	{"a goroutine that waits for a timer", func(wake interface{}) {
		park("holder-timer", func() {
			<-time.After(time.Hour)
			runtime.KeepAlive(wake)
		})
	}},
	{"a goroutine that waits for a ticker or a dead channel", func(wake interface{}) {
		dead := make(chan int)
		park("holder-ticker", func() {
			ticker := time.NewTicker(time.Hour)
			select {
			case <-dead:
			case <-ticker.C:
			}
			runtime.KeepAlive(wake)
		})
	}},
	{"a goroutine that waits for a context with a deadline", func(wake interface{}) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		park("holder-deadline", func() {
			defer cancel()
			<-ctx.Done()
			runtime.KeepAlive(wake)
		})
	}},
	{"a goroutine that waits for a global channel", func(wake interface{}) {
		park("holder-chain", func() {
			<-globalBench
			runtime.KeepAlive(wake)
		})
	}},
	{"a goroutine that waits for a goroutine that waits for a global channel", func(wake interface{}) {
		link := make(chan int)
		park("holder-chain", func() {
			<-globalBench
			close(link)
		})
		park("holder-chain", func() {
			<-link
			runtime.KeepAlive(wake)
		})
	}},
	{"a timer's function", func(wake interface{}) {
		time.AfterFunc(time.Hour, func() { runtime.KeepAlive(wake) })
	}},
	{"a deferred call", func(wake interface{}) {
		park("holder-defer", func() {
			defer func() { runtime.KeepAlive(wake) }()
			time.Sleep(time.Hour)
		})
	}},
	{"a deferred call in a loop", func(wake interface{}) {
		// These defers are records on the heap, which only the goroutine's g refers to.
		park("holder-defer", func() { deferInLoop([]interface{}{wake}) })
	}},
	{"the argument of a deferred call while it panics", func(wake interface{}) {
		park("holder-panic", func() { sleepWhilePanicking(wake) })
	}},
	{"a finalizer", func(wake interface{}) {
		object := &anchor{name: "kept"}
		anchors = append(anchors, object)
		runtime.SetFinalizer(object, func(*anchor) { runtime.KeepAlive(wake) })
	}},
	{"a queued finalizer", func(wake interface{}) { setQueued(wake) }},
	{"the object of a queued finalizer", func(wake interface{}) { setQueuedObject(wake) }},
	{"a running goroutine", func(wake interface{}) {
		park("holder-spinning", func() {
			scrub()
			spin(wake)
		})
	}},
	{"a goroutine that has not started", func(wake interface{}) { unstarted = append(unstarted, wake) }},
}

// startAlive starts n goroutines of each kind that has somebody who can end it, each held in another way, and those
// that end by themselves. It returns what the caller has to keep in a variable of its own.
func startAlive(n int) []interface{} {
	var local []interface{}
	ways := append([]holder{{"a local variable of main", func(wake interface{}) { local = append(local, wake) }}}, holders...)
	var err error
	if globalPipe[0], globalPipe[1], err = os.Pipe(); err != nil {
		panic(err)
	}
	fate.leaked = false
	next := 0
	for i := 0; i < n; i++ {
		for _, w := range waits {
			way := ways[next%len(ways)]
			next++
			startHeld(w, way)
		}
	}
	// Every way at least once with a plain channel.
	for _, way := range ways {
		startHeld(waits[1], way)
	}
	for i := 0; i < n; i++ {
		spawn("sleep", false, "it wakes by itself", func() { time.Sleep(time.Hour) })
		spawn("timer", false, "it wakes by itself", func() { <-time.NewTimer(time.Hour).C })
		spawn("ticker", false, "it wakes by itself", func() { <-time.NewTicker(time.Hour).C })
		spawn("io-read", false, "its descriptor may become ready", func() { _, _ = globalPipe[0].Read(make([]byte, 1)) })
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	spawn("accept", false, "its descriptor may become ready", func() {
		globalConn, _ = listener.Accept()
	})
	return local
}

func startHeld(w wait, way holder) {
	fate.why = "the object is held by " + way.name
	wake, block := w.make()
	way.hold(wake)
	spawn(w.kind, false, fate.why, block)
}

// park starts a goroutine that holds something and is alive.
func park(kind string, wait func()) {
	truth.Go(truth.Goroutine{Kind: kind, Why: "it can go on"}, wait)
}

//go:noinline
func deferInLoop(wakes []interface{}) {
	for i := range wakes {
		wake := wakes[i]
		wakes[i] = nil
		defer func() { runtime.KeepAlive(wake) }()
	}
	time.Sleep(time.Hour)
}

func sleepWhilePanicking(wake interface{}) {
	defer func() {
		time.Sleep(time.Hour)
		runtime.KeepAlive(recover())
	}()
	panic(wake)
}

// scrub overwrites the part of the stack that spin will use. The frame of a goroutine that is interrupted while it runs is
// scanned conservatively, and stacks are used again: what an earlier goroutine left there would stay alive.
//
//go:noinline
func scrub() {
	var room [4096]byte
	for i := range room {
		room[i] = byte(payloadSize)
	}
	runtime.KeepAlive(&room)
}

// spin keeps what it was given where the compiler likes, and never calls anything.
//
//go:noinline
func spin(wake interface{}) {
	for atomic.LoadInt32(&spinning) == 1 {
		continue
	}
	runtime.KeepAlive(wake)
}

// blockFinalizers makes the finalizer goroutine sleep for ever, so that later finalizers stay queued.
func blockFinalizers() {
	sleeping := make(chan struct{})
	func() {
		runtime.SetFinalizer(&anchor{name: "first"}, func(*anchor) {
			close(sleeping)
			time.Sleep(time.Hour)
		})
	}()
	runtime.GC()
	<-sleeping
}

//go:noinline
func setQueued(wake interface{}) {
	runtime.SetFinalizer(&anchor{name: "queued"}, func(*anchor) { runtime.KeepAlive(wake) })
}

//go:noinline
func setQueuedObject(wake interface{}) {
	runtime.SetFinalizer(&chained{wake: wake}, func(object *chained) { runtime.KeepAlive(object) })
}

func fillPool() {
	for i, wake := range forThePool {
		globalPool.Put(wake)
		forThePool[i] = nil
	}
	forThePool = nil
}

// startUnstarted starts goroutines that have not run when main goes on, which has the only processor.
func startUnstarted() {
	for i, wake := range unstarted {
		wake := wake
		go func() {
			<-globalBench
			runtime.KeepAlive(wake)
		}()
		unstarted[i] = nil
	}
	unstarted = nil
}

func keepGlobals() {
	runtime.KeepAlive(globalSlice)
	runtime.KeepAlive(globalMap)
	runtime.KeepAlive(globalClosure)
	runtime.KeepAlive(anchors)
	runtime.KeepAlive(globalConn)
	atomic.StoreInt32(&spinning, 0)
}
