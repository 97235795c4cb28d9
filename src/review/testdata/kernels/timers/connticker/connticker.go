// Package connticker has a ticker for each connection and does not stop it.
package connticker

import (
	"context"
	"net"
	"time"
)

func KeepAlive(ctx context.Context, conn net.Conn) error {
	tick := time.NewTicker(15 * time.Second) // leak: timer-not-stopped
	for {
		select {
		case <-tick.C:
			if _, err := conn.Write([]byte{0}); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Repaired.

func KeepAliveRepaired(ctx context.Context, conn net.Conn) error {
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if _, err := conn.Write([]byte{0}); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
