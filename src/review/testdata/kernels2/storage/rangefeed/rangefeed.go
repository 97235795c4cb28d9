package rangefeed

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

func (p *processor) catchUp(r *registration, from int64) {
	defer close(r.events)
	for _, c := range p.log {
		if c.stamp < from || c.key < r.span[0] || c.key >= r.span[1] {
			continue
		}
		r.events <- c // leak: chan-unbounded-producer|chan-send-abandoned
	}
	r.errs <- nil
}

func (p *processor) register(span [2]string, from int64) *registration {
	r := &registration{span: span, events: make(chan change), errs: make(chan error, 1)}
	go p.catchUp(r, from)
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
	r := p.register(span, 0)
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
