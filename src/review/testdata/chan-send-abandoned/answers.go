package answers

import (
	"context"
	"sync"
	"time"
)

type question struct {
	text   string
	answer chan int
}

type oracle struct {
	questions chan question
}

func (o *oracle) serve() {
	for q := range o.questions {
		q.answer <- len(q.text) // want "this send on q.answer waits for ever when ask has stopped waiting for the answer"
	}
}

func (o *oracle) ask(ctx context.Context, text string) (int, error) {
	q := question{text: text, answer: make(chan int)}
	o.questions <- q
	select {
	case n := <-q.answer:
		return n, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

type calls struct {
	mu      sync.Mutex
	waiting map[int]chan string
}

func (c *calls) take(id int, line string) {
	c.mu.Lock()
	ch, ok := c.waiting[id]
	delete(c.waiting, id)
	c.mu.Unlock()
	if ok {
		ch <- line // want "this send on ch waits for ever when call has stopped waiting"
	}
}

func (c *calls) call(id int, limit time.Duration) string {
	ch := make(chan string)
	c.mu.Lock()
	c.waiting[id] = ch
	c.mu.Unlock()
	select {
	case line := <-ch:
		return line
	case <-time.After(limit):
		return ""
	}
}

type patient struct {
	waiting map[int]chan string
	roomy   map[int]chan string
	drained map[int]chan string
	tried   map[int]chan string
}

func (p *patient) take(id int, line string, quit <-chan struct{}) {
	p.waiting[id] <- line
	p.roomy[id] <- line
	p.drained[id] <- line
	select {
	case p.tried[id] <- line:
	case <-quit:
	}
}

func (p *patient) wait(id int, quit <-chan struct{}) string {
	ch := make(chan string)
	p.waiting[id] = ch
	select {
	case line := <-ch:
		return line
	case <-quit:
		// Whoever closes it has stopped all calls of take.
		return ""
	}
}

func (p *patient) leaveRoom(ctx context.Context, id int) string {
	ch := make(chan string, 1)
	p.roomy[id] = ch
	select {
	case line := <-ch:
		return line
	case <-ctx.Done():
		return ""
	}
}

func (p *patient) drain(ctx context.Context, id int) string {
	ch := make(chan string)
	p.drained[id] = ch
	select {
	case line := <-ch:
		return line
	case <-ctx.Done():
		go func() { <-ch }()
		return ""
	}
}

func (p *patient) try(ctx context.Context, id int) string {
	ch := make(chan string)
	p.tried[id] = ch
	select {
	case line := <-ch:
		return line
	case <-ctx.Done():
		return ""
	}
}
