// Package findmatch searches trees at once; each searcher sends all its matches.
package findmatch

import "sync"

type Node struct {
	Key         int
	Left, Right *Node
}

func (n *Node) walk(match func(int) bool, hits chan<- int) {
	if n == nil {
		return
	}
	n.Left.walk(match, hits)
	if match(n.Key) {
		hits <- n.Key // leak: chan-first-wins|chan-send-abandoned|chan-unbounded-producer
	}
	n.Right.walk(match, hits)
}

func Any(roots []*Node, match func(int) bool) int {
	hits := make(chan int)
	for _, root := range roots {
		go root.walk(match, hits)
	}
	return <-hits // leak: chan-select-no-exit
}

// Repaired.

func (n *Node) walkRepaired(match func(int) bool, hits chan<- int, enough <-chan struct{}) {
	if n == nil {
		return
	}
	n.Left.walkRepaired(match, hits, enough)
	if match(n.Key) {
		select {
		case hits <- n.Key:
		case <-enough:
			return
		}
	}
	n.Right.walkRepaired(match, hits, enough)
}

func AnyRepaired(roots []*Node, match func(int) bool) int {
	hits := make(chan int)
	enough := make(chan struct{})
	defer close(enough)
	var searchers sync.WaitGroup
	for _, root := range roots {
		searchers.Go(func() { root.walkRepaired(match, hits, enough) })
	}
	go func() {
		searchers.Wait()
		close(hits)
	}()
	return <-hits
}
