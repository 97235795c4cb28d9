package mirrors

import (
	"context"
	"sync"
)

type answer struct {
	host string
	err  error
}

func ask(host string) error { return nil }

func first(hosts []string) answer {
	answers := make(chan answer)
	for _, host := range hosts {
		go func(host string) {
			answers <- answer{host, ask(host)} // want "high: several goroutines send on answers, and first returns"
		}(host)
	}
	return <-answers
}

func firstError(hosts []string) error {
	answers := make(chan answer)
	for _, host := range hosts {
		go func() {
			answers <- answer{host, ask(host)} // want "high: several goroutines send on answers"
		}()
	}
	for range hosts {
		if a := <-answers; a.err != nil {
			return a.err
		}
	}
	return nil
}

func twoOfThree() int {
	votes := make(chan int, 1)
	for i := 0; i < 3; i++ {
		go func() {
			votes <- i // want "high: several goroutines send on votes"
		}()
	}
	return <-votes
}

func twoStatements(ctx context.Context) error {
	errs := make(chan error)
	go func() {
		errs <- ask("a") // want "high: several goroutines send on errs"
	}()
	go func() {
		errs <- ask("b") // want "high: several goroutines send on errs"
	}()
	return <-errs
}

func brokenRange(hosts []string) string {
	var wg sync.WaitGroup
	found := make(chan string)
	for _, host := range hosts {
		wg.Add(1)
		go func() {
			defer wg.Done()
			found <- host // want "high: several goroutines send on found"
		}()
	}
	go func() {
		wg.Wait()
		close(found)
	}()
	for host := range found {
		if ask(host) == nil {
			return host
		}
	}
	return ""
}

func oneTooFew(hosts []string) {
	answers := make(chan error, len(hosts)-1)
	for _, host := range hosts {
		go func() {
			answers <- ask(host) // want "high: several goroutines send on answers"
		}()
	}
}
