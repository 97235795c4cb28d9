package mirrors

import (
	"context"
	"sync"
)

func ping(host string) error { return nil }

func all(hosts []string) (errs []error) {
	answers := make(chan error)
	for _, host := range hosts {
		go func() { answers <- ping(host) }()
	}
	for range hosts {
		errs = append(errs, <-answers)
	}
	return errs
}

func counted(hosts []string) {
	answers := make(chan error)
	pending := 0
	for _, host := range hosts {
		if host == "" {
			continue
		}
		pending++
		go func() { answers <- ping(host) }()
	}
	for pending > 0 {
		<-answers
		pending--
	}
}

func countedUp(hosts []string) {
	answers := make(chan error)
	n := 0
	for _, host := range hosts {
		if host != "" {
			n++
			go func() { answers <- ping(host) }()
		}
	}
	for i := 0; i < n; i++ {
		<-answers
	}
}

func roomForAll(hosts []string) error {
	answers := make(chan error, len(hosts))
	for _, host := range hosts {
		go func() { answers <- ping(host) }()
	}
	return <-answers
}

func withStop(hosts []string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	answers := make(chan error)
	for _, host := range hosts {
		go func() {
			select {
			case answers <- ping(host):
			case <-ctx.Done():
			}
		}()
	}
	return <-answers
}

func semaphore(hosts []string) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, 2)
	for _, host := range hosts {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			_ = ping(host)
		}()
	}
	wg.Wait()
}

func semaphoreInside(hosts []string) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, 2)
	for _, host := range hosts {
		wg.Add(1)
		go func() {
			defer wg.Done()
			slots <- struct{}{}
			_ = ping(host)
			<-slots
		}()
	}
	wg.Wait()
}

func two() error {
	errs := make(chan error, 2)
	go func() { errs <- ping("a") }()
	go func() { errs <- ping("b") }()
	return <-errs
}

func workers(n int, hosts []string) {
	done := make(chan struct{})
	for i := 0; i < n; i++ {
		go func() {
			for _, host := range hosts {
				_ = ping(host)
			}
			done <- struct{}{}
		}()
	}
	for i := 0; i < n; i++ {
		<-done
	}
}

func drain(hosts []string) error {
	answers := make(chan error)
	for _, host := range hosts {
		go func() { answers <- ping(host) }()
	}
	defer func() {
		go func() {
			for range answers {
			}
		}()
	}()
	return <-answers
}

// One at a time: while a check runs, its tick is nil.
func eventually(check func() error, tick, timeout <-chan struct{}) bool {
	answer := make(chan error, 1)
	for next := tick; ; {
		select {
		case <-timeout:
			return false
		case <-next:
			next = nil
			go func() { answer <- check() }()
		case err := <-answer:
			if err == nil {
				return true
			}
			next = tick
		}
	}
}
