// Package addbefore counts in the ways that are right.
package addbefore

import "sync"

type Tree struct {
	Left, Right *Tree
	V           int
}

type walker struct {
	wg  sync.WaitGroup
	mu  sync.Mutex
	sum int
}

func (w *walker) visit(t *Tree) {
	defer w.wg.Done()
	if t == nil {
		return
	}
	w.mu.Lock()
	w.sum += t.V
	w.mu.Unlock()
	w.wg.Add(2)
	go w.visit(t.Left)
	go w.visit(t.Right)
}

func Sum(t *Tree) int {
	w := &walker{}
	w.wg.Add(1)
	go w.visit(t)
	w.wg.Wait()
	return w.sum
}

func Batch(jobs []func(done func())) {
	var wg sync.WaitGroup
	wg.Add(len(jobs))
	for _, j := range jobs {
		go j(wg.Done)
	}
	wg.Wait()
}
