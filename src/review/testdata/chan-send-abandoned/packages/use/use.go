// Package use passes its channels to another package.
package use

import (
	"context"

	"fixture/chan-send-abandoned/packages/weigh"
)

func leaves(ctx context.Context, id int) int {
	answer := make(chan int)
	go weigh.Send(answer, id) // want "high: this send on the channel that weigh.Send gets waits for ever when leaves returns"
	select {
	case n := <-answer:
		return n
	case <-ctx.Done():
		return 0
	}
}

func inLiteral(ctx context.Context, id int) int {
	answer := make(chan int)
	go func() {
		weigh.Send(answer, id) // want "high: this send on the channel that weigh.Send gets"
	}()
	select {
	case n := <-answer:
		return n
	case <-ctx.Done():
		return 0
	}
}

func tries(ctx context.Context, id int) int {
	answer := make(chan int)
	go weigh.Try(answer, id)
	select {
	case n := <-answer:
		return n
	case <-ctx.Done():
		return 0
	}
}

func takesAll(ids []int) (sum int) {
	out := make(chan int)
	go weigh.All(out, ids)
	for n := range out {
		sum += n
	}
	return sum
}

func sums(s *weigh.Scale, ids []int) int {
	out := make(chan int)
	go weigh.All(out, ids)
	return s.Sum(out)
}

func keeps(ctx context.Context, id int) int {
	answer := make(chan int)
	weigh.Keep(answer)
	go weigh.Send(answer, id)
	select {
	case n := <-answer:
		return n
	case <-ctx.Done():
		return 0
	}
}
