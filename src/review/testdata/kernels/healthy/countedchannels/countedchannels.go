// Package countedchannels sends exactly as often as it receives, in ways that are not easy to count.
package countedchannels

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

type job struct {
	n     int
	reply chan<- int
}

// Pool starts workers that send one result for each job; results are counted, not closed.
func Pool(inputs []int, f func(int) int) []int {
	jobs := make(chan int, len(inputs))
	results := make(chan int, len(inputs))
	for w := 0; w < 3; w++ {
		go func() {
			for n := range jobs {
				results <- f(n)
			}
		}()
	}
	for _, n := range inputs {
		jobs <- n
	}
	close(jobs)
	out := make([]int, 0, len(inputs))
	for len(out) < len(inputs) {
		out = append(out, <-results)
	}
	return out
}

// Pending counts what is under way and stops at none.
func Pending(roots []string, list func(string) []string) (seen int) {
	found := make(chan []string)
	pending := 0
	visit := func(dir string) {
		pending++
		go func() { found <- list(dir) }()
	}
	for _, r := range roots {
		visit(r)
	}
	for pending > 0 {
		dirs := <-found
		pending--
		seen += len(dirs)
		for _, d := range dirs {
			visit(d)
		}
	}
	return seen
}

// Ends waits for one end marker from each source.
func Ends(sources []io.ByteReader) (total int) {
	ch := make(chan int)
	for _, src := range sources {
		go func() {
			for {
				b, err := src.ReadByte()
				if err != nil {
					ch <- -1
					return
				}
				ch <- int(b)
			}
		}()
	}
	for open := len(sources); open > 0; {
		if v := <-ch; v < 0 {
			open--
		} else {
			total += v
		}
	}
	return total
}

// Leftover has somebody take what comes too late.
func Leftover(ctx context.Context, slow func() int) (int, error) {
	ch := make(chan int)
	go func() { ch <- slow() }()
	select {
	case n := <-ch:
		return n, nil
	case <-ctx.Done():
		go func() { <-ch }()
		return 0, ctx.Err()
	}
}

// Twice has room for both of the things that may be sent.
func Twice(try func() error) error {
	errs := make(chan error, 2)
	go func() {
		if err := try(); err != nil {
			errs <- err
		}
		errs <- nil
	}()
	select {
	case err := <-errs:
		return err
	case <-time.After(time.Second):
		return errors.New("late")
	}
}

// PingPong hands a ball to and fro.
func PingPong(rounds int) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		defer close(pong)
		for n := range ping {
			pong <- n + 1
		}
	}()
	n := 0
	for i := 0; i < rounds; i++ {
		ping <- n
		n = <-pong
	}
	close(ping)
	<-pong
}

// Owner answers through channels that come with the questions.
func Owner(jobs <-chan job, f func(int) int) {
	for j := range jobs {
		j.reply <- f(j.n)
	}
}

func Ask(jobs chan<- job, n int) int {
	reply := make(chan int, 1)
	jobs <- job{n, reply}
	return <-reply
}

// DrainAfter stops early and drains, so that the sender ends.
func DrainAfter(src []string, want string) bool {
	ch := make(chan string)
	go func() {
		defer close(ch)
		for _, s := range src {
			ch <- s
		}
	}()
	found := false
	for s := range ch {
		if s == want {
			found = true
			break
		}
	}
	for range ch {
	}
	return found
}

// FirstError reads all, and remembers the first.
func FirstError(fns ...func() error) (first error) {
	errs := make(chan error)
	for _, f := range fns {
		go func() { errs <- f() }()
	}
	for range fns {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// MaybeSend sends only errors, into room for one, and is waited for.
func MaybeSend(fns []func() error) error {
	var wg sync.WaitGroup
	errs := make(chan error, 1)
	for _, f := range fns {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := f(); err != nil {
				select {
				case errs <- err:
				default:
				}
			}
		}()
	}
	wg.Wait()
	close(errs)
	return <-errs
}

// Halves splits its input and waits for both halves.
func Halves(in []int, sum func([]int) int) int {
	left, right := make(chan int), make(chan int)
	mid := len(in) / 2
	go func() { left <- sum(in[:mid]) }()
	go func() { right <- sum(in[mid:]) }()
	return <-left + <-right
}

// Either takes both answers, in whichever order.
func Either(a, b func() error) error {
	ca, cb := make(chan error), make(chan error)
	go func() { ca <- a() }()
	go func() { cb <- b() }()
	var err error
	for ca != nil || cb != nil {
		select {
		case e := <-ca:
			err, ca = errors.Join(err, e), nil
		case e := <-cb:
			err, cb = errors.Join(err, e), nil
		}
	}
	return err
}

// WaitLast waits for the helper on every way out.
func WaitLast(work func() error, watch func(<-chan struct{})) error {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		watch(stop)
	}()
	defer func() {
		close(stop)
		<-stopped
	}()
	if err := work(); err != nil {
		return err
	}
	return work()
}

// Batches sends in chunks; the number of chunks is computed twice in the same way.
func Batches(in []int, size int, f func([]int) int) (sum int) {
	ch := make(chan int)
	n := 0
	for start := 0; start < len(in); start += size {
		end := min(start+size, len(in))
		go func() { ch <- f(in[start:end]) }()
		n++
	}
	for ; n > 0; n-- {
		sum += <-ch
	}
	return sum
}
