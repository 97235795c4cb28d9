// Package sized has room for every answer and reads only the first good one.
package sized

import "errors"

type result[T any] struct {
	v   T
	err error
}

func First[T any](fns ...func() (T, error)) (T, error) {
	out := make(chan result[T], len(fns))
	for _, f := range fns {
		go func() {
			v, err := f()
			out <- result[T]{v, err}
		}()
	}
	var zero T
	for range fns {
		if r := <-out; r.err == nil {
			return r.v, nil
		}
	}
	return zero, errors.New("all failed")
}
