// Package deferred sends once: where the function ends, or in its deferred function if it did not get there.
package deferred

import "errors"

func run(serve func() error) error {
	result := make(chan error)
	go func() {
		var returned bool
		defer func() {
			if !returned {
				result <- errors.New("panicked")
			}
		}()
		result <- serve()
		returned = true
	}()
	return <-result
}
