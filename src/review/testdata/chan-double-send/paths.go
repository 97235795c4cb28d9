package exports

import "errors"

var errEmpty = errors.New("empty")

func write(rows []string) error {
	if len(rows) == 0 {
		return errEmpty
	}
	return nil
}

func missingReturn(rows []string) error {
	done := make(chan error)
	go func() {
		if err := write(rows); err != nil {
			done <- err
		}
		done <- nil // want "high: a second send on done"
	}()
	return <-done
}

func twice(rows []string, out chan error) {
	err := write(rows)
	if err != nil {
		out <- err
	}
	out <- nil // want "high: a second send on out"
}

func oneRoom(rows []string) {
	out := make(chan error, 1)
	go twice(rows, out)
}

func deferred(rows []string) error {
	done := make(chan error, 1)
	go func() {
		defer func() { done <- nil }() // want "high: a second send on done"
		if err := write(rows); err != nil {
			done <- err
		}
	}()
	return nil
}

func returns(rows []string) error {
	done := make(chan error)
	go func() {
		if err := write(rows); err != nil {
			done <- err
			return
		}
		done <- nil
	}()
	return <-done
}

func otherwise(rows []string) error {
	done := make(chan error)
	go func() {
		if err := write(rows); err != nil {
			done <- err
		} else {
			done <- nil
		}
	}()
	return <-done
}

func both(rows []string) error {
	done := make(chan error)
	go func() {
		done <- write(rows)
		done <- nil
	}()
	first := <-done
	<-done
	return first
}

func roomForBoth(rows []string) error {
	done := make(chan error, 2)
	go func() {
		if err := write(rows); err != nil {
			done <- err
		}
		done <- nil
	}()
	return <-done
}
