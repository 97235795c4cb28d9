package left

import "time"

// The goroutine takes as many as are left: a number that is calculated, and right. Doubted, not claimed.
func drains(all []func() int) (sum int) {
	answers := make(chan int)
	for _, ask := range all {
		go func() { answers <- ask() }()
	}
	for i := range all {
		select {
		case n := <-answers:
			sum += n
		case <-time.After(time.Second):
			go func(left int) {
				for range left {
					<-answers // want "low: this receive from answers waits for ever"
				}
			}(len(all) - i)
			return sum
		}
	}
	return sum
}

func drainsHere(all []func() int) {
	answers := make(chan int)
	for i, ask := range all {
		go func() { answers <- ask() }()
		if i == 3 {
			break
		}
	}
	for range min(len(all), 4) {
		<-answers // want "low: this receive from answers waits for ever"
	}
}
