// Package sendlocked sends while it holds the lock that the receiver needs.
package sendlocked

import "sync"

type Queue struct {
	mu    sync.Mutex
	items chan int
	done  int
}

func (q *Queue) Put(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items <- n // leak: none-yet
}

func (q *Queue) take() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.done += <-q.items
}

func Total(values []int) int {
	q := &Queue{items: make(chan int)}
	var wg sync.WaitGroup
	for _, v := range values {
		wg.Add(2)
		go func() { defer wg.Done(); q.Put(v) }()
		go func() { defer wg.Done(); q.take() }()
	}
	wg.Wait()
	return q.done
}

// Repaired.

type QueueRepaired struct {
	mu    sync.Mutex
	items chan int
	done  int
}

func (q *QueueRepaired) take() {
	n := <-q.items
	q.mu.Lock()
	defer q.mu.Unlock()
	q.done += n
}

func TotalRepaired(values []int) int {
	q := &QueueRepaired{items: make(chan int)}
	var wg sync.WaitGroup
	for _, v := range values {
		wg.Add(2)
		go func() { defer wg.Done(); q.items <- v }()
		go func() { defer wg.Done(); q.take() }()
	}
	wg.Wait()
	return q.done
}
