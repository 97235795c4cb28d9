// Package keptcancel keeps the CancelFunc in a field that nobody calls.
package keptcancel

import "context"

type Session struct {
	ctx    context.Context
	cancel context.CancelFunc
	work   func(context.Context)
}

func Open(parent context.Context, work func(context.Context)) *Session {
	s := &Session{work: work}
	s.ctx, s.cancel = context.WithCancel(parent) // leak: none-yet
	return s
}

func (s *Session) Run() { s.work(s.ctx) }

func (s *Session) Close() { s.work = nil }

// Repaired.

type SessionRepaired struct {
	ctx    context.Context
	cancel context.CancelFunc
	work   func(context.Context)
}

func OpenRepaired(parent context.Context, work func(context.Context)) *SessionRepaired {
	s := &SessionRepaired{work: work}
	s.ctx, s.cancel = context.WithCancel(parent)
	return s
}

func (s *SessionRepaired) Run() { s.work(s.ctx) }

func (s *SessionRepaired) Close() {
	s.cancel()
	s.work = nil
}
