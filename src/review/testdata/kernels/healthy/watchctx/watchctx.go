// Package watchctx bounds helpers by contexts that end on every path.
package watchctx

import (
	"context"
	"net"
	"time"
)

func Dial(ctx context.Context, addr string) (net.Conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	finished := make(chan struct{})
	defer close(finished)
	go func() {
		select {
		case <-ctx.Done():
			c.SetDeadline(time.Now())
		case <-finished:
		}
	}()
	_, err = c.Write([]byte("hello"))
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func Derived(ctx context.Context, on bool) (context.Context, context.CancelFunc) {
	if !on {
		return ctx, func() {}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	return ctx, cancel
}

func Later(ctx context.Context, f func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	go func() {
		defer cancel()
		f(ctx)
	}()
}

func Linked(a, b context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(a)
	stop := context.AfterFunc(b, func() { cancel(context.Cause(b)) })
	return ctx, func() {
		stop()
		cancel(context.Canceled)
	}
}
