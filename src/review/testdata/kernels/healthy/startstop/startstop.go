// Package startstop starts in one method and stops in another, waiting for the end.
package startstop

import (
	"context"
	"time"
)

type Service struct {
	cancel context.CancelFunc
	done   chan struct{}
	poll   func(context.Context)
}

func (s *Service) Start(parent context.Context) {
	ctx, cancel := context.WithCancel(parent)
	s.cancel = cancel
	s.done = make(chan struct{})
	go s.run(ctx)
}

func (s *Service) run(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		s.poll(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (s *Service) Stop() {
	s.cancel()
	<-s.done
}
