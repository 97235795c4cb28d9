// Package importrows reads and writes in two functions of a group; the reader does not see that the writer failed.
package importrows

import (
	"context"

	"example.org/kernels/internal/group"
)

type Row []string

func Import(ctx context.Context, next func() (Row, bool), insert func(Row) error) error {
	g, _ := group.WithContext(ctx)
	rows := make(chan Row)
	g.Go(func() error {
		defer close(rows)
		for {
			row, ok := next()
			if !ok {
				return nil
			}
			rows <- row // leak: chan-unbounded-producer|chan-send-abandoned
		}
	})
	g.Go(func() error {
		for row := range rows {
			if err := insert(row); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}

// Repaired.

func ImportRepaired(ctx context.Context, next func() (Row, bool), insert func(Row) error) error {
	g, ctx := group.WithContext(ctx)
	rows := make(chan Row)
	g.Go(func() error {
		defer close(rows)
		for {
			row, ok := next()
			if !ok {
				return nil
			}
			select {
			case rows <- row:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	g.Go(func() error {
		for row := range rows {
			if err := insert(row); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}
