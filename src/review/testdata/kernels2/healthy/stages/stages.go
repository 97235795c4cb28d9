package stages

import (
	"context"
	"errors"
	"sync"
)

type item struct {
	name string
	size int
}

type stage struct {
	name string
	do   func(item) (item, error)
}

type pipeline struct {
	stages []stage
	errs   chan error
}

func newPipeline(stages ...stage) *pipeline {
	return &pipeline{stages: stages, errs: make(chan error, len(stages))}
}

func (p *pipeline) feed(ctx context.Context, items []item) <-chan item {
	out := make(chan item)
	go func() {
		defer close(out)
		for _, it := range items {
			select {
			case out <- it:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (p *pipeline) run(ctx context.Context, s stage, in <-chan item) <-chan item {
	out := make(chan item)
	go func() {
		defer close(out)
		for it := range in {
			done, err := s.do(it)
			if err != nil {
				p.errs <- err
				return
			}
			select {
			case out <- done:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// Total sends items through two stages and sums up their sizes.
func Total(ctx context.Context, names []string) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	seen := map[string]bool{}
	p := newPipeline(
		stage{"measure", func(it item) (item, error) { it.size = len(it.name); return it, nil }},
		stage{"unique", func(it item) (item, error) {
			mu.Lock()
			defer mu.Unlock()
			if seen[it.name] {
				return it, errors.New("twice: " + it.name)
			}
			seen[it.name] = true
			return it, nil
		}},
	)
	var items []item
	for _, name := range names {
		items = append(items, item{name: name})
	}
	ch := p.feed(ctx, items)
	for _, s := range p.stages {
		ch = p.run(ctx, s, ch)
	}
	total := 0
	for it := range ch {
		total += it.size
	}
	select {
	case err := <-p.errs:
		return 0, err
	default:
		return total, nil
	}
}
