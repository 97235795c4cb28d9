package hooks

import (
	"errors"
	"fmt"
)

type result struct {
	hook string
	err  error
}

type executor struct {
	results chan result
	known   map[string]func() error
}

func newExecutor() *executor {
	return &executor{results: make(chan result), known: map[string]func() error{}}
}

func (e *executor) report(hook string, err error) { e.results <- result{hook: hook, err: err} }

func (e *executor) execute(hook string) {
	run, ok := e.known[hook]
	if !ok {
		e.report(hook, fmt.Errorf("no hook %s", hook))
	}
	if run == nil {
		run = func() error { return errors.New("nothing to do") }
	}
	e.report(hook, run()) // leak: chan-double-send|chan-send-abandoned
}

func (e *executor) one(hook string) error {
	go e.execute(hook)
	r := <-e.results
	if r.err != nil {
		return fmt.Errorf("hook %s: %w", r.hook, r.err)
	}
	return nil
}

// Execute runs the hook.
func Execute(hook string, known map[string]func() error) error {
	e := newExecutor()
	for name, run := range known {
		e.known[name] = run
	}
	return e.one(hook)
}
