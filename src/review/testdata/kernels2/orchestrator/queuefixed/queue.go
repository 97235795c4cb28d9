package queuefixed

import (
	"sync"
	"time"
)

type workQueue struct {
	cond     *sync.Cond
	items    []string
	dirty    map[string]bool
	draining bool
}

func newQueue() *workQueue {
	return &workQueue{cond: sync.NewCond(&sync.Mutex{}), dirty: map[string]bool{}}
}

func (q *workQueue) add(item string) {
	q.cond.L.Lock()
	defer q.cond.L.Unlock()
	if q.draining || q.dirty[item] {
		return
	}
	q.dirty[item] = true
	q.items = append(q.items, item)
	q.cond.Signal()
}

func (q *workQueue) get() (string, bool) {
	q.cond.L.Lock()
	defer q.cond.L.Unlock()
	for len(q.items) == 0 && !q.draining {
		q.cond.Wait()
	}
	if len(q.items) == 0 {
		return "", false
	}
	item := q.items[0]
	q.items = q.items[1:]
	delete(q.dirty, item)
	return item, true
}

func (q *workQueue) shutDown() {
	q.cond.L.Lock()
	defer q.cond.L.Unlock()
	q.draining = true
	q.cond.Broadcast()
}

type controller struct {
	queue *workQueue
	sync  func(item string) error
}

func (c *controller) worker() {
	for {
		item, more := c.queue.get()
		if !more {
			return
		}
		if err := c.sync(item); err != nil {
			c.queue.add(item)
		}
	}
}

// Run handles the items on n workers until the time is over.
func Run(n int, items []string, handle func(string) error, limit time.Duration) {
	c := &controller{queue: newQueue(), sync: handle}
	for i := 0; i < n; i++ {
		go c.worker()
	}
	for _, item := range items {
		c.queue.add(item)
	}
	time.Sleep(limit)
	c.queue.shutDown()
}
