// Package deferredsend reports the end of a job by a deferred send, and an error by another.
package deferredsend

type Job struct {
	steps []func() error
}

func (j *Job) run(finished chan error) {
	var err error
	defer func() { finished <- err }() // leak: chan-double-send
	for _, step := range j.steps {
		if err = step(); err != nil {
			finished <- err
			return
		}
	}
}

func (j *Job) Wait() error {
	finished := make(chan error)
	go j.run(finished)
	return <-finished
}

// Repaired.

func (j *Job) runRepaired(finished chan error) {
	var err error
	defer func() { finished <- err }()
	for _, step := range j.steps {
		if err = step(); err != nil {
			return
		}
	}
}

func (j *Job) WaitRepaired() error {
	finished := make(chan error)
	go j.runRepaired(finished)
	return <-finished
}
