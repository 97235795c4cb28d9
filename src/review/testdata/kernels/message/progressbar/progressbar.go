// Package progressbar shows how far a copy is, until the user goes away.
package progressbar

import (
	"context"
	"io"
)

func Copy(ctx context.Context, dst io.Writer, src io.Reader, show func(int)) error {
	progress := make(chan int)
	failed := make(chan error, 1)
	go func() {
		buf := make([]byte, 4096)
		total := 0
		for {
			n, err := src.Read(buf)
			dst.Write(buf[:n])
			total += n
			progress <- total // leak: chan-unbounded-producer|chan-send-abandoned
			if err != nil {
				failed <- err
				return
			}
		}
	}()
	for {
		select {
		case n := <-progress:
			show(n)
		case err := <-failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Repaired.

func CopyRepaired(ctx context.Context, dst io.Writer, src io.Reader, show func(int)) error {
	progress := make(chan int)
	failed := make(chan error, 1)
	go func() {
		buf := make([]byte, 4096)
		total := 0
		for {
			n, err := src.Read(buf)
			dst.Write(buf[:n])
			total += n
			select {
			case progress <- total:
			case <-ctx.Done():
				return
			}
			if err != nil {
				failed <- err
				return
			}
		}
	}()
	for {
		select {
		case n := <-progress:
			show(n)
		case err := <-failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
