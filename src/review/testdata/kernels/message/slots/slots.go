// Package slots limits how much runs at once; a slot is lost with each bad request.
package slots

import "errors"

type Gate struct{ slots chan struct{} }

func NewGate(n int) *Gate { return &Gate{slots: make(chan struct{}, n)} }

func (g *Gate) Do(valid func() bool, work func()) error {
	g.slots <- struct{}{} // leak: none-yet
	if !valid() {
		return errors.New("invalid")
	}
	work()
	<-g.slots
	return nil
}

// Repaired.

func (g *Gate) DoRepaired(valid func() bool, work func()) error {
	g.slots <- struct{}{}
	defer func() { <-g.slots }()
	if !valid() {
		return errors.New("invalid")
	}
	work()
	return nil
}
