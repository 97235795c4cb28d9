// Poolprofile looks for pooled objects in the heap profile: they are there, under the site that allocated them, until
// the pool drops them; the function that holds them is not.
package main

import (
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"example.com/hemostat-lab/folklore/observe"
)

const (
	objects    = 100
	objectSize = 64 << 10
)

var pool sync.Pool

// allocate makes the objects.
//
//go:noinline
func allocate() []*[objectSize]byte {
	all := make([]*[objectSize]byte, objects)
	for i := range all {
		all[i] = new([objectSize]byte)
	}
	return all
}

// hold gives the objects to the pool, which is all that keeps them.
//
//go:noinline
func hold(all []*[objectSize]byte) {
	for i := range all {
		pool.Put(all[i])
		all[i] = nil
	}
}

// seen counts objects by the function that the profile attributes them to.
type seen struct {
	allocate, hold int64
}

func main() {
	runtime.MemProfileRate = 1
	debug.SetGCPercent(-1)
	runtime.GC()
	hold(allocate())
	var underAllocate, underHold []int64
	for collections := 0; collections <= 3; collections++ {
		if collections > 0 {
			runtime.GC()
		}
		s := inProfile()
		underAllocate = append(underAllocate, s.allocate)
		underHold = append(underHold, s.hold)
	}
	observe.Report(map[string]interface{}{
		"objects":                           objects,
		"underAllocateAfterCollections0to3": underAllocate,
		"underHoldAfterCollections0to3":     underHold,
	})
}

// inProfile counts in-use objects of objectSize or more.
func inProfile() seen {
	records := make([]runtime.MemProfileRecord, 2000)
	n, ok := runtime.MemProfile(records, true)
	if !ok {
		panic("more than 2000 allocation sites")
	}
	var s seen
	for i := range records[:n] {
		rec := &records[i]
		if rec.AllocBytes < objectSize*rec.AllocObjects {
			continue
		}
		frames := runtime.CallersFrames(rec.Stack())
		for {
			frame, more := frames.Next()
			switch {
			case strings.HasSuffix(frame.Function, ".allocate"):
				s.allocate += rec.InUseObjects()
			case strings.HasSuffix(frame.Function, ".hold"):
				s.hold += rec.InUseObjects()
			}
			if !more {
				break
			}
		}
	}
	return s
}
