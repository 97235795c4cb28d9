// Package closernotcalled closes its results only when no worker fails.
package closernotcalled

import "sync"

func Squares(in []int, square func(int) (int, error)) <-chan int {
	out := make(chan int, len(in))
	go func() {
		for _, n := range in {
			s, err := square(n)
			if err != nil {
				return
			}
			out <- s
		}
		close(out)
	}()
	return out
}

func Total(in []int, square func(int) (int, error)) (sum int) {
	for s := range Squares(in, square) { // leak: chan-range-unclosed
		sum += s
	}
	return sum
}

// Repaired.

func SquaresRepaired(in []int, square func(int) (int, error)) <-chan int {
	out := make(chan int, len(in))
	var once sync.Once
	go func() {
		defer once.Do(func() { close(out) })
		for _, n := range in {
			s, err := square(n)
			if err != nil {
				return
			}
			out <- s
		}
	}()
	return out
}

func TotalRepaired(in []int, square func(int) (int, error)) (sum int) {
	for s := range SquaresRepaired(in, square) {
		sum += s
	}
	return sum
}
