// Package onepath cancels on one way out and forgets the other.
package onepath

import (
	"context"
	"errors"
)

type Lease struct{ ID string }

func Acquire(ctx context.Context, grant func(context.Context) (*Lease, error), valid func(*Lease) bool) (*Lease, error) {
	ctx, cancel := context.WithCancelCause(ctx) // leak: context-cancel-lost
	lease, err := grant(ctx)
	if err != nil {
		cancel(err)
		return nil, err
	}
	if !valid(lease) {
		return nil, errors.New("bad lease")
	}
	cancel(nil)
	return lease, nil
}

// Repaired.

func AcquireRepaired(ctx context.Context, grant func(context.Context) (*Lease, error), valid func(*Lease) bool) (*Lease, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	lease, err := grant(ctx)
	if err != nil {
		cancel(err)
		return nil, err
	}
	if !valid(lease) {
		return nil, errors.New("bad lease")
	}
	return lease, nil
}
