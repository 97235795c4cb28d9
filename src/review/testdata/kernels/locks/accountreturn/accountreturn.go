// Package accountreturn returns an error while it holds the lock.
package accountreturn

import (
	"errors"
	"sync"
)

type Account struct {
	mu      sync.Mutex
	balance int64
}

func (a *Account) Withdraw(cents int64) error {
	a.mu.Lock() // leak: lock-not-released
	if a.balance < cents {
		return errors.New("not enough")
	}
	a.balance -= cents
	a.mu.Unlock()
	return nil
}

// Repaired.

func (a *Account) WithdrawRepaired(cents int64) error {
	a.mu.Lock()
	if a.balance < cents {
		a.mu.Unlock()
		return errors.New("not enough")
	}
	a.balance -= cents
	a.mu.Unlock()
	return nil
}
