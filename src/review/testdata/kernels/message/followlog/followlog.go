// Package followlog reads lines in a goroutine until the reader has seen what it wants.
package followlog

import (
	"bufio"
	"io"
)

func lines(r io.Reader) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		sc := bufio.NewScanner(r)
		for sc.Scan() {
			out <- sc.Text() // leak: chan-unbounded-producer|chan-send-abandoned
		}
	}()
	return out
}

func Header(r io.Reader) map[string]string {
	head := map[string]string{}
	for line := range lines(r) {
		if line == "" {
			break
		}
		head[line] = line
	}
	return head
}

// Repaired.

func linesRepaired(r io.Reader, done <-chan struct{}) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		sc := bufio.NewScanner(r)
		for sc.Scan() {
			select {
			case out <- sc.Text():
			case <-done:
				return
			}
		}
	}()
	return out
}

func HeaderRepaired(r io.Reader) map[string]string {
	done := make(chan struct{})
	defer close(done)
	head := map[string]string{}
	for line := range linesRepaired(r, done) {
		if line == "" {
			break
		}
		head[line] = line
	}
	return head
}
