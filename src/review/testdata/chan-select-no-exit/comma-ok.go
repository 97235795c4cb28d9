// Package commaok leaves its loops when the channel is closed, and only then.
package commaok

func all(queries []string, workers int, ask func(string) error) error {
	queue := make(chan string)
	failed := make(chan error)
	n := min(len(queries), workers)
	for i := 0; i < n; i++ {
		go func() {
			for {
				query, ok := <-queue
				if !ok {
					return
				}
				failed <- ask(query)
			}
		}()
	}
	go func() {
		for _, query := range queries {
			queue <- query
		}
		close(queue)
	}()
	var last error
	for i := 0; i < len(queries); i++ {
		err := <-failed
		if err != nil {
			last = err
		}
	}
	return last
}

func selects(items []int, quit <-chan bool) int {
	in := make(chan int)
	sums := make(chan int, 1)
	go func() {
		sum := 0
		for {
			select {
			case item, ok := <-in:
				if !ok {
					sums <- sum
					return
				}
				sum += item
			}
		}
	}()
	for _, item := range items {
		in <- item
	}
	close(in)
	return <-sums
}

// forgets to close: the receiver waits for another item.
func forgets(items []int) int {
	in := make(chan int)
	sums := make(chan int, 1)
	go func() {
		sum := 0
		for {
			item, ok := <-in // want "this receive from in waits for ever"
			if !ok {
				sums <- sum
				return
			}
			sum += item
		}
	}()
	for _, item := range items {
		in <- item
	}
	return <-sums // want `this receive from sums waits for ever`
}
