package newstreamfixed

import (
	"context"
	"errors"
	"io"
)

type frame struct{ data []byte }

type transport interface {
	Send(ctx context.Context, f frame) error
	Recv(ctx context.Context) (frame, error)
}

type stream struct {
	ctx    context.Context
	cancel context.CancelFunc
	t      transport
}

func (s *stream) finish() { s.cancel() }

type conn struct {
	t    transport
	dead bool
}

var errDead = errors.New("the connection is closed")

func (c *conn) newStream(ctx context.Context, method string) (*stream, error) {
	ctx, cancel := context.WithCancel(ctx)
	if c.dead {
		cancel()
		return nil, errDead
	}
	s := &stream{ctx: ctx, t: c.t}
	if err := s.t.Send(ctx, frame{data: []byte(method)}); err != nil {
		cancel()
		return nil, err
	}
	s.cancel = cancel
	return s, nil
}

func (s *stream) recvAll(limit int) ([][]byte, error) {
	var all [][]byte
	for len(all) < limit {
		f, err := s.t.Recv(s.ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, f.data)
	}
	return all, nil
}

// Call returns the first messages that the method answers with.
func Call(ctx context.Context, t transport, method string, limit int) ([][]byte, error) {
	c := &conn{t: t}
	s, err := c.newStream(ctx, method)
	if err != nil {
		return nil, err
	}
	defer s.finish()
	return s.recvAll(limit)
}
