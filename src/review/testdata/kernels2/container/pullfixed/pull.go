package pullfixed

import (
	"errors"
	"fmt"
	"io"
)

type progress struct {
	layer string
	done  int
}

type puller struct {
	progress chan progress
	drained  chan struct{}
	out      io.Writer
}

func newPuller(out io.Writer) *puller {
	return &puller{progress: make(chan progress, 100), drained: make(chan struct{}), out: out}
}

func (p *puller) print() {
	for step := range p.progress {
		fmt.Fprintf(p.out, "%s %d\n", step.layer, step.done)
	}
	close(p.drained)
}

func (p *puller) layer(name string) error {
	for done := 0; done <= 100; done += 50 {
		p.progress <- progress{layer: name, done: done}
	}
	if name == "" {
		return errors.New("a layer without a name")
	}
	return nil
}

func (p *puller) image(layers []string) error {
	go p.print()
	defer func() {
		close(p.progress)
		<-p.drained
	}()
	for _, name := range layers {
		if err := p.layer(name); err != nil {
			return fmt.Errorf("pull: %w", err)
		}
	}
	return nil
}

// Pull gets the layers of an image.
func Pull(layers []string) error { return newPuller(io.Discard).image(layers) }
