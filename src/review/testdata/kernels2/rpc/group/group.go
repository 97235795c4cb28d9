package group

import (
	"errors"
	"time"
)

type task func() error

type group struct {
	results chan error
	count   int
}

func newGroup() *group { return &group{results: make(chan error)} }

func (g *group) run(t task) {
	g.count++
	go func() {
		g.results <- t() // leak: chan-first-wins|chan-send-abandoned
	}()
}

// wait returns the first error, if any.
func (g *group) wait() error {
	for i := 0; i < g.count; i++ {
		if err := <-g.results; err != nil {
			return err
		}
	}
	return nil
}

type server struct {
	name string
	up   bool
}

func (s *server) start() error {
	if s.name == "" {
		return errors.New("a server without a name")
	}
	time.Sleep(time.Millisecond)
	s.up = true
	return nil
}

type cluster struct{ servers []*server }

func (c *cluster) startAll() error {
	g := newGroup()
	for _, s := range c.servers {
		g.run(s.start)
	}
	return g.wait()
}

// Start starts servers with these names.
func Start(names []string) error {
	c := &cluster{}
	for _, name := range names {
		c.servers = append(c.servers, &server{name: name})
	}
	return c.startAll()
}
