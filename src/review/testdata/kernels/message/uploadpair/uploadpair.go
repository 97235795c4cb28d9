// Package uploadpair has a channel for results and one for errors.
package uploadpair

import (
	"context"
	"io"
)

type Receipt struct{ Bytes int64 }

type Store interface {
	Write(ctx context.Context, r io.Reader) (int64, error)
}

func Upload(ctx context.Context, parts []io.Reader, store Store) (total int64, err error) {
	receipts := make(chan Receipt)
	failed := make(chan error)
	for _, part := range parts {
		go func(r io.Reader) {
			n, err := store.Write(ctx, r)
			if err != nil {
				failed <- err // leak: chan-first-wins|chan-send-abandoned
				return
			}
			receipts <- Receipt{n} // leak: chan-first-wins|chan-send-abandoned
		}(part)
	}
	for i := 0; i < len(parts); i++ {
		select {
		case rc := <-receipts:
			total += rc.Bytes
		case err := <-failed:
			return total, err
		}
	}
	return total, nil
}

// Repaired.

func UploadRepaired(ctx context.Context, parts []io.Reader, store Store) (total int64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	receipts := make(chan Receipt)
	failed := make(chan error)
	for _, part := range parts {
		go func(r io.Reader) {
			n, err := store.Write(ctx, r)
			if err != nil {
				select {
				case failed <- err:
				case <-ctx.Done():
				}
				return
			}
			select {
			case receipts <- Receipt{n}:
			case <-ctx.Done():
			}
		}(part)
	}
	for i := 0; i < len(parts); i++ {
		select {
		case rc := <-receipts:
			total += rc.Bytes
		case err := <-failed:
			return total, err
		case <-ctx.Done():
			return total, ctx.Err()
		}
	}
	return total, nil
}
