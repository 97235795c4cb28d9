// Package switchcase cancels in some cases of a switch.
package switchcase

import (
	"context"
	"time"
)

func Do(parent context.Context, mode string, run func(context.Context) int) int {
	ctx, cancel := context.WithDeadline(parent, time.Now().Add(time.Hour)) // leak: context-cancel-lost
	switch mode {
	case "dry":
		cancel()
		return 0
	case "fast":
		n := run(ctx)
		cancel()
		return n
	case "slow":
		return run(ctx) + run(ctx)
	default:
		cancel()
	}
	return -1
}

// Repaired.

func DoRepaired(parent context.Context, mode string, run func(context.Context) int) int {
	ctx, cancel := context.WithDeadline(parent, time.Now().Add(time.Hour))
	defer cancel()
	switch mode {
	case "dry":
		return 0
	case "fast":
		return run(ctx)
	case "slow":
		return run(ctx) + run(ctx)
	}
	return -1
}
