// Package workers feeds as many workers as it is told to start.
package workers

func feed(work []int, parallel int, do func(int) int) []int {
	queue := make(chan int)
	go func() {
		for _, one := range work {
			queue <- one
		}
		close(queue)
	}()
	results := make(chan int)
	if parallel > len(work) {
		parallel = len(work)
	}
	for i := 0; i < parallel; i++ {
		go func() {
			for one := range queue {
				results <- do(one)
			}
		}()
	}
	all := make([]int, 0, len(work))
	for range work {
		all = append(all, <-results)
	}
	return all
}
