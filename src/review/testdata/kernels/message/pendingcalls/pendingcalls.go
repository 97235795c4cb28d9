// Package pendingcalls matches answers from a connection with calls that may have given up.
package pendingcalls

import (
	"context"
	"sync"
)

type Answer struct {
	ID   uint64
	Data []byte
}

type Conn interface {
	Send(id uint64, data []byte) error
	Recv() (Answer, error)
}

type Client struct {
	conn    Conn
	mu      sync.Mutex
	last    uint64
	pending map[uint64]chan Answer
}

func Dial(conn Conn) *Client {
	c := &Client{conn: conn, pending: map[uint64]chan Answer{}}
	go c.readLoop()
	return c
}

func (c *Client) readLoop() {
	for {
		a, err := c.conn.Recv()
		if err != nil {
			return
		}
		c.mu.Lock()
		ch := c.pending[a.ID]
		delete(c.pending, a.ID)
		c.mu.Unlock()
		if ch != nil {
			ch <- a // leak: chan-send-abandoned|chan-unbounded-producer
		}
	}
}

func (c *Client) Call(ctx context.Context, data []byte) ([]byte, error) {
	ch := make(chan Answer)
	c.mu.Lock()
	c.last++
	id := c.last
	c.pending[id] = ch
	c.mu.Unlock()
	if err := c.conn.Send(id, data); err != nil {
		return nil, err
	}
	select {
	case a := <-ch:
		return a.Data, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Repaired.

type ClientRepaired struct {
	conn    Conn
	mu      sync.Mutex
	last    uint64
	pending map[uint64]chan Answer
}

func DialRepaired(conn Conn) *ClientRepaired {
	c := &ClientRepaired{conn: conn, pending: map[uint64]chan Answer{}}
	go c.readLoop()
	return c
}

func (c *ClientRepaired) readLoop() {
	for {
		a, err := c.conn.Recv()
		if err != nil {
			return
		}
		c.mu.Lock()
		ch := c.pending[a.ID]
		delete(c.pending, a.ID)
		c.mu.Unlock()
		if ch != nil {
			ch <- a
		}
	}
}

func (c *ClientRepaired) Call(ctx context.Context, data []byte) ([]byte, error) {
	ch := make(chan Answer, 1)
	c.mu.Lock()
	c.last++
	id := c.last
	c.pending[id] = ch
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.pending, id)
		c.mu.Unlock()
	}()
	if err := c.conn.Send(id, data); err != nil {
		return nil, err
	}
	select {
	case a := <-ch:
		return a.Data, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
