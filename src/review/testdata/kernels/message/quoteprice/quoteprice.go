// Package quoteprice asks a slow backend and answers in time.
package quoteprice

import (
	"context"
	"errors"
	"time"
)

type Quote struct {
	Symbol string
	Cents  int64
}

type Backend interface {
	Price(symbol string) (int64, error)
}

var ErrTooSlow = errors.New("backend too slow")

type Desk struct {
	backend Backend
	patient time.Duration
}

func (d *Desk) Quote(ctx context.Context, symbol string) (Quote, error) {
	ctx, cancel := context.WithTimeout(ctx, d.patient)
	defer cancel()
	answers := make(chan Quote)
	go func() {
		cents, err := d.backend.Price(symbol)
		if err != nil {
			cents = -1
		}
		answers <- Quote{symbol, cents} // leak: chan-send-abandoned
	}()
	select {
	case q := <-answers:
		return q, nil
	case <-ctx.Done():
		return Quote{}, ErrTooSlow
	}
}

// Repaired.

func (d *Desk) QuoteRepaired(ctx context.Context, symbol string) (Quote, error) {
	ctx, cancel := context.WithTimeout(ctx, d.patient)
	defer cancel()
	answers := make(chan Quote, 1)
	go func() {
		cents, err := d.backend.Price(symbol)
		if err != nil {
			cents = -1
		}
		answers <- Quote{symbol, cents}
	}()
	select {
	case q := <-answers:
		return q, nil
	case <-ctx.Done():
		return Quote{}, ErrTooSlow
	}
}
