// Package lastone closes a channel when the last of its workers ends.
package lastone

import "sync/atomic"

func Map[A, B any](in []A, f func(A) B) []B {
	out := make(chan B)
	var left atomic.Int64
	left.Store(int64(len(in)))
	if len(in) == 0 {
		return nil
	}
	for _, a := range in {
		go func() {
			out <- f(a)
			if left.Add(-1) == 0 {
				close(out)
			}
		}()
	}
	var all []B
	for b := range out {
		all = append(all, b)
	}
	return all
}
