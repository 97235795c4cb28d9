package events

import "sync"

type subscriber chan string

type publisher struct {
	mu          sync.RWMutex
	subscribers map[subscriber]func(string) bool
}

func newPublisher() *publisher {
	return &publisher{subscribers: map[subscriber]func(string) bool{}}
}

func (p *publisher) subscribe(want func(string) bool) subscriber {
	s := make(subscriber)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscribers[s] = want
	return s
}

func (p *publisher) evict(s subscriber) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.subscribers, s)
	close(s)
}

func (p *publisher) publish(topic string) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for s, want := range p.subscribers {
		if want(topic) {
			s <- topic // leak: none-yet
		}
	}
}

type daemon struct {
	events *publisher
	wg     sync.WaitGroup
}

func (d *daemon) emit(topics []string) {
	defer d.wg.Done()
	for _, topic := range topics {
		d.events.publish(topic)
	}
}

// FirstOf waits for the first event that is wanted.
func FirstOf(topics []string, want func(string) bool) string {
	d := &daemon{events: newPublisher()}
	s := d.events.subscribe(want)
	d.wg.Add(1)
	go d.emit(topics)
	first := <-s
	d.events.evict(s)
	d.wg.Wait()
	return first
}
