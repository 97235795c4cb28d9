// Package donechan ends a producer by a channel that the consumer closes.
package donechan

func gen(done <-chan struct{}, start int) <-chan int {
	ch := make(chan int)
	go func() {
		defer close(ch)
		for n := start; ; n++ {
			select {
			case ch <- n:
			case <-done:
				return
			}
		}
	}()
	return ch
}

func Until(limit int) (sum int) {
	done := make(chan struct{})
	defer close(done)
	for n := range gen(done, 1) {
		if sum += n; sum > limit {
			return sum
		}
	}
	return sum
}
