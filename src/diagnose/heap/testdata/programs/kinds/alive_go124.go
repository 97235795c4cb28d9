//go:build go1.24

package main

import "runtime"

func init() {
	holders = append(holders,
		// The runtime refers to a cleanup's function from memory of its own, which no dump has.
		holder{"a cleanup", func(wake interface{}) {
			object := &anchor{name: "cleaned up"}
			anchors = append(anchors, object)
			runtime.AddCleanup(object, func(int) { runtime.KeepAlive(wake) }, 1)
		}},
		holder{"the argument of a cleanup", func(wake interface{}) {
			object := &anchor{name: "cleaned up"}
			anchors = append(anchors, object)
			runtime.AddCleanup(object, func(argument interface{}) { runtime.KeepAlive(argument) }, wake)
		}},
	)
}
