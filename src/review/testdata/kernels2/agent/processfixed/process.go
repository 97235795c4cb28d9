package processfixed

import (
	"context"
	"errors"
	"os/exec"
	"sync"
)

type process struct {
	mu      sync.Mutex
	command *exec.Cmd
	started chan struct{}
	done    chan struct{}
	signals chan int
}

func newProcess(command *exec.Cmd) *process {
	return &process{
		command: command,
		started: make(chan struct{}),
		done:    make(chan struct{}),
		signals: make(chan int, 1),
	}
}

func (p *process) relay() {
	for {
		select {
		case <-p.signals:
			p.kill()
		case <-p.done:
			return
		}
	}
}

func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.command.Process != nil {
		p.command.Process.Kill()
	}
}

func (p *process) run() error {
	go p.relay()
	defer close(p.done)
	p.mu.Lock()
	err := p.command.Start()
	p.mu.Unlock()
	if err != nil {
		return errors.Join(errors.New("not started"), err)
	}
	close(p.started)
	err = p.command.Wait()
	return err
}

// Run runs the command to its end.
func Run(ctx context.Context, name string, args ...string) error {
	return newProcess(exec.CommandContext(ctx, name, args...)).run()
}
