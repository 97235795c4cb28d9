package pinger

import (
	"errors"
	"sync/atomic"
	"time"
)

type job struct {
	id     string
	script func() error
}

type api interface {
	Ping(id string) error
}

type jobRunner struct {
	api    api
	period time.Duration
	failed atomic.Int64
}

func (r *jobRunner) ping(j *job) {
	for {
		time.Sleep(r.period) // leak: goroutine-no-exit
		if err := r.api.Ping(j.id); err != nil {
			r.failed.Add(1)
		}
	}
}

func (r *jobRunner) run(j *job) error {
	if j.script == nil {
		return errors.New("nothing to run")
	}
	go r.ping(j)
	return j.script()
}

type worker struct{ runner *jobRunner }

func (w *worker) drain(jobs []*job) []error {
	var failures []error
	for _, j := range jobs {
		if err := w.runner.run(j); err != nil {
			failures = append(failures, err)
		}
	}
	return failures
}

// Work runs a script for each id.
func Work(a api, ids []string, script func() error) []error {
	w := &worker{runner: &jobRunner{api: a, period: time.Second}}
	var jobs []*job
	for _, id := range ids {
		jobs = append(jobs, &job{id: id, script: script})
	}
	return w.drain(jobs)
}
