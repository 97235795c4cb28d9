// Package blankcancel throws the CancelFunc away.
package blankcancel

import (
	"context"
	"net/http"
	"time"
)

func Ping(ctx context.Context, c *http.Client, url string) error {
	ctx, _ = context.WithTimeout(ctx, time.Minute) // leak: context-cancel-lost
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// Repaired.

func PingRepaired(ctx context.Context, c *http.Client, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
