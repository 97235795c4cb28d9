//go:build go1.23

package main

import (
	"iter"
	"runtime"
)

var globalNext []func() (int, bool)

func init() {
	holders = append(holders, holder{"the frame of a suspended iterator", func(wake interface{}) {
		next, _ := iter.Pull(func(yield func(int) bool) {
			yield(1)
			runtime.KeepAlive(wake)
		})
		next()
		globalNext = append(globalNext, next)
	}})
}
