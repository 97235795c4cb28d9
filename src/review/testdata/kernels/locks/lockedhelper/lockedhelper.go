// Package lockedhelper has a helper that locks for its caller, and a caller that forgets on one way.
package lockedhelper

import (
	"errors"
	"sync"
)

type Table struct {
	mu   sync.Mutex
	rows map[string]*Row
}

type Row struct{ N int }

func (t *Table) lockRow(key string) *Row {
	t.mu.Lock()
	return t.rows[key]
}

func (t *Table) Add(key string, n int) error {
	row := t.lockRow(key) // leak: lock-not-released
	if row == nil {
		return errors.New("no row " + key)
	}
	row.N += n
	t.mu.Unlock()
	return nil
}

// Repaired.

func (t *Table) AddRepaired(key string, n int) error {
	row := t.lockRow(key)
	defer t.mu.Unlock()
	if row == nil {
		return errors.New("no row " + key)
	}
	row.N += n
	return nil
}
