// Package channelends ends its goroutines by closing, by contexts, by deadlines and by the end of what they read.
package channelends

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"time"
)

// ServeUntil serves until the context ends; room for one error.
func ServeUntil(ctx context.Context, srv *http.Server) error {
	errc := make(chan error, 1)
	go func() { errc <- srv.ListenAndServe() }()
	select {
	case err := <-errc:
		return err
	case <-ctx.Done():
		shutdown, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		return errors.Join(srv.Shutdown(shutdown), <-errc)
	}
}

// ServeShut waits for the server after Shutdown, without room.
func ServeShut(ctx context.Context, srv *http.Server, l net.Listener) error {
	errc := make(chan error)
	go func() { errc <- srv.Serve(l) }()
	<-ctx.Done()
	srv.Close()
	return <-errc
}

// RunCommand kills what takes too long, and waits.
func RunCommand(ctx context.Context, cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		cmd.Process.Kill()
		<-done
		return ctx.Err()
	}
}

// OnSignal runs until a signal or the context.
func OnSignal(ctx context.Context, reload func()) {
	sig := make(chan os.Signal, 1)
	signal.Notify(sig, os.Interrupt)
	defer signal.Stop(sig)
	for {
		select {
		case <-sig:
			reload()
		case <-ctx.Done():
			return
		}
	}
}

// Pipe copies through an io.Pipe whose writer always closes.
func Pipe(dst io.Writer, fill func(io.Writer) error) error {
	pr, pw := io.Pipe()
	go func() { pw.CloseWithError(fill(pw)) }()
	_, err := io.Copy(dst, pr)
	pr.CloseWithError(err)
	return err
}

// Timer closes a channel later.
func Timer(d time.Duration, poll func() bool) bool {
	over := make(chan struct{})
	t := time.AfterFunc(d, func() { close(over) })
	defer t.Stop()
	for {
		select {
		case <-over:
			return false
		default:
			if poll() {
				return true
			}
		}
	}
}

type Tail struct {
	lines chan string
	err   error
	file  io.ReadCloser
}

func NewTail(rc io.ReadCloser) *Tail {
	t := &Tail{lines: make(chan string, 16), file: rc}
	go t.scan()
	return t
}

func (t *Tail) scan() {
	defer close(t.lines)
	sc := bufio.NewScanner(t.file)
	for sc.Scan() {
		t.lines <- sc.Text()
	}
	t.err = sc.Err()
}

func (t *Tail) Lines() <-chan string { return t.lines }

// Close ends the scan and takes what it still sends.
func (t *Tail) Close() error {
	err := t.file.Close()
	for range t.lines {
	}
	return err
}

type Actor struct {
	inbox chan func()
	ctx   context.Context
}

func NewActor(ctx context.Context) *Actor {
	a := &Actor{inbox: make(chan func()), ctx: ctx}
	go func() {
		for {
			select {
			case f := <-a.inbox:
				f()
			case <-ctx.Done():
				return
			}
		}
	}()
	return a
}

func (a *Actor) Do(f func()) error {
	done := make(chan struct{})
	task := func() {
		defer close(done)
		f()
	}
	select {
	case a.inbox <- task:
	case <-a.ctx.Done():
		return a.ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-a.ctx.Done():
		return a.ctx.Err()
	}
}

type Tee struct {
	mu   sync.Mutex
	outs map[int]chan []byte
	next int
}

// Add returns a channel and the function that ends it.
func (t *Tee) Add() (<-chan []byte, func()) {
	ch := make(chan []byte, 1)
	t.mu.Lock()
	defer t.mu.Unlock()
	id := t.next
	t.next++
	t.outs[id] = ch
	return ch, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if _, ok := t.outs[id]; ok {
			delete(t.outs, id)
			close(ch)
		}
	}
}

func (t *Tee) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, ch := range t.outs {
		select {
		case ch <- p:
		default:
		}
	}
	return len(p), nil
}

// Relay copies both ways until both ends are closed.
func Relay(a, b net.Conn) {
	done := make(chan struct{}, 2)
	cp := func(dst, src net.Conn) {
		io.Copy(dst, src)
		dst.Close()
		done <- struct{}{}
	}
	go cp(a, b)
	go cp(b, a)
	<-done
}

// Poll sleeps between tries and ends with the stop channel.
func Poll(stop <-chan struct{}, every time.Duration, try func()) {
	go func() {
		for {
			try()
			select {
			case <-time.After(every):
			case <-stop:
				return
			}
		}
	}()
}

// Until is a loop whose end is a function's result.
func Until(step func() bool) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for step() {
			time.Sleep(time.Millisecond)
		}
	}()
	return done
}

type Once struct {
	start sync.Once
	queue chan int
}

// Push starts the one worker of this process-wide queue at its first use.
var shared Once

func Push(n int, handle func(int)) {
	shared.start.Do(func() {
		shared.queue = make(chan int, 100)
		go func() {
			for v := range shared.queue {
				handle(v)
			}
		}()
	})
	shared.queue <- n
}
