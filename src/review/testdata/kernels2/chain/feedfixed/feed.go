package feedfixed

import "sync"

type head struct{ number int }

type subscription struct {
	quit chan struct{}
	done chan struct{}
	once sync.Once
}

func newSubscription(produce func(quit <-chan struct{})) *subscription {
	s := &subscription{quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		produce(s.quit)
	}()
	return s
}

func (s *subscription) unsubscribe() {
	s.once.Do(func() { close(s.quit) })
	<-s.done
}

type node struct{ heads []head }

func (n *node) subscribeHeads(out chan<- head) *subscription {
	return newSubscription(func(quit <-chan struct{}) {
		for _, h := range n.heads {
			select {
			case <-quit:
				return
			default:
			}
			select {
			case out <- h:
			case <-quit:
				return
			}
		}
	})
}

// WaitFor returns when the chain has reached the number.
func WaitFor(numbers []int, number int) bool {
	n := &node{}
	for _, each := range numbers {
		n.heads = append(n.heads, head{number: each})
	}
	heads := make(chan head)
	s := n.subscribeHeads(heads)
	defer s.unsubscribe()
	for {
		select {
		case h := <-heads:
			if h.number >= number {
				return true
			}
		case <-s.done:
			return false
		}
	}
}
