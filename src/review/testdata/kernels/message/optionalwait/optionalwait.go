// Package optionalwait waits for the end of a job only if it was asked to.
package optionalwait

type Options struct {
	Wait  bool
	Quiet bool
}

func Run(job func() error, opts Options) error {
	result := make(chan error)
	go func() {
		result <- job() // leak: chan-send-abandoned
	}()
	if opts.Wait {
		return <-result
	}
	return nil
}

// Repaired.

func RunRepaired(job func() error, opts Options) error {
	if !opts.Wait {
		go job()
		return nil
	}
	result := make(chan error)
	go func() {
		result <- job()
	}()
	return <-result
}
