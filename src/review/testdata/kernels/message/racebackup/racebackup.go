// Package racebackup asks a primary and a backup; there is room for one answer.
package racebackup

import (
	"errors"
	"time"
)

type Page struct{ Body []byte }

func Get(primary, backup func() *Page) (*Page, error) {
	pages := make(chan *Page, 1)
	go func() { pages <- primary() }() // leak: chan-first-wins|chan-send-abandoned
	go func() { pages <- backup() }()
	select {
	case p := <-pages:
		return p, nil
	case <-time.After(time.Second):
		return nil, errors.New("timeout")
	}
}

// Repaired.

func GetRepaired(primary, backup func() *Page) (*Page, error) {
	pages := make(chan *Page, 2)
	go func() { pages <- primary() }()
	go func() { pages <- backup() }()
	select {
	case p := <-pages:
		return p, nil
	case <-time.After(time.Second):
		return nil, errors.New("timeout")
	}
}
