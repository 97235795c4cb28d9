// Contexttimer drops contexts of several kinds without cancelling them, and measures what stays.
package main

import (
	"context"
	"runtime"
	"time"

	"example.com/hemostat-lab/folklore/observe"
)

const contexts = 5000

// payload hangs on every context as a value, to see whether the context is alive.
type payload [1024]byte

type key struct{}

func main() {
	background := context.Background()
	parent, cancelParent := context.WithCancel(background)
	var cancels []context.CancelFunc

	// retained is bytes per context after they were dropped.
	retained := func(child func(context.Context) (context.Context, context.CancelFunc), over context.Context, keepCancel bool) int64 {
		cancels = nil
		before := observe.AfterGC().HeapAlloc
		for i := 0; i < contexts; i++ {
			_, cancel := child(context.WithValue(over, key{}, new(payload)))
			if keepCancel {
				cancels = append(cancels, cancel)
			}
		}
		for _, cancel := range cancels {
			cancel()
		}
		cancels = nil
		after := observe.AfterGC().HeapAlloc
		return (int64(after) - int64(before)) / contexts
	}
	withHour := func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, time.Hour)
	}
	seen := map[string]interface{}{"contexts": contexts, "payloadBytes": len(payload{})}
	seen["cancelOverBackground"] = retained(context.WithCancel, background, false)
	seen["timeoutOverBackground"] = retained(withHour, background, false)
	seen["timeoutCancelled"] = retained(withHour, background, true)
	seen["cancelOverParentCancelled"] = retained(context.WithCancel, parent, true)
	before := observe.AfterGC().HeapAlloc
	seen["cancelOverParent"] = retained(context.WithCancel, parent, false)
	cancelParent()
	runtime.KeepAlive(parent)
	seen["afterParentCancelled"] = (int64(observe.AfterGC().HeapAlloc) - int64(before)) / contexts
	observe.Report(seen)
}
