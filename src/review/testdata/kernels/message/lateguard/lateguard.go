// Package lateguard starts the work first and checks its arguments afterwards.
package lateguard

import "errors"

type Report struct{ Rows []string }

func Build(user string, rows int, load func(string) []string) (*Report, error) {
	loaded := make(chan []string)
	go func() { loaded <- load(user) }() // leak: chan-send-abandoned
	if rows <= 0 {
		return nil, errors.New("rows must be positive")
	}
	all := <-loaded
	if len(all) > rows {
		all = all[:rows]
	}
	return &Report{Rows: all}, nil
}

// Repaired.

func BuildRepaired(user string, rows int, load func(string) []string) (*Report, error) {
	if rows <= 0 {
		return nil, errors.New("rows must be positive")
	}
	loaded := make(chan []string)
	go func() { loaded <- load(user) }()
	all := <-loaded
	if len(all) > rows {
		all = all[:rows]
	}
	return &Report{Rows: all}, nil
}
