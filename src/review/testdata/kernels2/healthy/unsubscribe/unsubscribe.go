package unsubscribe

import "sync"

type update struct{ id int }

type topic struct {
	mu   sync.Mutex
	subs map[int]*sub
	next int
}

type sub struct {
	id   int
	ch   chan update
	gone chan struct{}
	once sync.Once
}

func newTopic() *topic { return &topic{subs: map[int]*sub{}} }

func (t *topic) subscribe() *sub {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next++
	s := &sub{id: t.next, ch: make(chan update), gone: make(chan struct{})}
	t.subs[s.id] = s
	return s
}

func (t *topic) publish(u update) {
	t.mu.Lock()
	subs := make([]*sub, 0, len(t.subs))
	for _, s := range t.subs {
		subs = append(subs, s)
	}
	t.mu.Unlock()
	for _, s := range subs {
		select {
		case s.ch <- u:
		case <-s.gone:
		}
	}
}

func (t *topic) leave(s *sub) {
	s.once.Do(func() { close(s.gone) })
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.subs, s.id)
}

// Until takes updates until one has the id.
func Until(ids []int, id int) int {
	t := newTopic()
	s := t.subscribe()
	go func() {
		for _, each := range ids {
			t.publish(update{id: each})
		}
		t.leave(s)
	}()
	defer t.leave(s)
	count := 0
	for {
		select {
		case u := <-s.ch:
			count++
			if u.id == id {
				return count
			}
		case <-s.gone:
			return count
		}
	}
}
