// Package looplater cancels each attempt's context when the whole loop is over.
package looplater

import (
	"context"
	"time"
)

func SendAll(ctx context.Context, batches [][]byte, send func(context.Context, []byte) error) error {
	for _, b := range batches {
		attempt, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel() // leak: defer-in-loop|context-cancel-lost
		if err := send(attempt, b); err != nil {
			return err
		}
	}
	return nil
}

// Repaired.

func SendAllRepaired(ctx context.Context, batches [][]byte, send func(context.Context, []byte) error) error {
	for _, b := range batches {
		err := func() error {
			attempt, cancel := context.WithTimeout(ctx, 30*time.Second)
			defer cancel()
			return send(attempt, b)
		}()
		if err != nil {
			return err
		}
	}
	return nil
}
