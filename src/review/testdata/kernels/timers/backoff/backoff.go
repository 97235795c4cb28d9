// Package backoff makes a timer for each attempt and leaves it running, before Go 1.23.
package backoff

import "context"
import "time"

func Retry(ctx context.Context, again <-chan struct{}, try func() error) error {
	for {
		if err := try(); err == nil {
			return nil
		}
		t := time.NewTimer(10 * time.Minute) // leak: timer-not-stopped
		select {
		case <-again:
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Repaired.

func RetryRepaired(ctx context.Context, again <-chan struct{}, try func() error) error {
	for {
		if err := try(); err == nil {
			return nil
		}
		t := time.NewTimer(10 * time.Minute)
		select {
		case <-again:
			t.Stop()
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
}
