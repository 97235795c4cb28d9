// Package primes is a pipeline of three stages whose end may be satisfied early.
package primes

import "context"

func numbers(from int) <-chan int {
	out := make(chan int)
	go func() {
		for n := from; ; n++ {
			out <- n // leak: chan-unbounded-producer|chan-send-abandoned|goroutine-no-exit
		}
	}()
	return out
}

func odd(in <-chan int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for n := range in {
			if n%2 == 1 {
				out <- n // leak: chan-unbounded-producer|chan-send-abandoned
			}
		}
	}()
	return out
}

func FirstOver(limit int) int {
	for n := range odd(numbers(1)) {
		if n*n > limit {
			return n
		}
	}
	return -1
}

// Repaired.

func numbersRepaired(ctx context.Context, from int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for n := from; ; n++ {
			select {
			case out <- n:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func oddRepaired(ctx context.Context, in <-chan int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for n := range in {
			if n%2 == 0 {
				continue
			}
			select {
			case out <- n:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func FirstOverRepaired(limit int) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for n := range oddRepaired(ctx, numbersRepaired(ctx, 1)) {
		if n*n > limit {
			return n
		}
	}
	return -1
}
