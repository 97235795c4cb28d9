package rangefeedfixed

import (
	"context"
	"errors"
)

type change struct {
	key   string
	value []byte
	stamp int64
}

type registration struct {
	span   [2]string
	events chan change
	errs   chan error
}

type processor struct {
	log []change
}

func (p *processor) catchUp(ctx context.Context, r *registration, from int64) {
	defer close(r.events)
	for _, c := range p.log {
		if c.stamp < from || c.key < r.span[0] || c.key >= r.span[1] {
			continue
		}
		select {
		case r.events <- c:
		case <-ctx.Done():
			return
		}
	}
	r.errs <- nil
}

func (p *processor) register(ctx context.Context, span [2]string, from int64) *registration {
	r := &registration{span: span, events: make(chan change), errs: make(chan error, 1)}
	go p.catchUp(ctx, r, from)
	return r
}

type frontier struct {
	seen map[string]int64
}

func (f *frontier) forward(c change) error {
	if c.stamp < f.seen[c.key] {
		return errors.New("a change from the past")
	}
	f.seen[c.key] = c.stamp
	return nil
}

func (p *processor) run(ctx context.Context, span [2]string, f *frontier) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := p.register(ctx, span, 0)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c, open := <-r.events:
			if !open {
				return nil
			}
			if err := f.forward(c); err != nil {
				return err
			}
		}
	}
}

// Replay sends the keys, in order of their stamps, through a feed.
func Replay(ctx context.Context, keys []string, stamps []int64) error {
	p := &processor{}
	for i, key := range keys {
		p.log = append(p.log, change{key: key, stamp: stamps[i]})
	}
	return p.run(ctx, [2]string{"a", "z"}, &frontier{seen: map[string]int64{}})
}
