// Package readysignal closes its signal on success only.
package readysignal

import "log"

func Serve(open func() error, warmUp func()) error {
	ready := make(chan struct{})
	go func() {
		<-ready // leak: chan-select-no-exit|chan-range-unclosed
		warmUp()
		log.Print("warm")
	}()
	if err := open(); err != nil {
		return err
	}
	close(ready)
	return nil
}

// Repaired.

func ServeRepaired(open func() error, warmUp func()) error {
	if err := open(); err != nil {
		return err
	}
	ready := make(chan struct{})
	go func() {
		<-ready
		warmUp()
		log.Print("warm")
	}()
	close(ready)
	return nil
}
