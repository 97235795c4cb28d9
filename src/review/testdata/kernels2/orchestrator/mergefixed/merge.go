package mergefixed

import (
	"errors"
	"sync"
)

type source interface {
	Next() (string, bool)
}

type list struct {
	items []string
	at    int
}

func (l *list) Next() (string, bool) {
	if l.at >= len(l.items) {
		return "", false
	}
	l.at++
	return l.items[l.at-1], true
}

type merger struct {
	wg   sync.WaitGroup
	out  chan string
	quit chan struct{}
}

func newMerger() *merger {
	return &merger{out: make(chan string), quit: make(chan struct{})}
}

func (m *merger) pump(s source) {
	defer m.wg.Done()
	for {
		item, more := s.Next()
		if !more {
			return
		}
		select {
		case m.out <- item:
		case <-m.quit:
			return
		}
	}
}

func (m *merger) start(sources []source) <-chan string {
	m.wg.Add(len(sources))
	for _, s := range sources {
		go m.pump(s)
	}
	go func() {
		m.wg.Wait()
		close(m.out)
	}()
	return m.out
}

// Validate reads all manifests and stops at the first that is wrong.
func Validate(parts [][]string, check func(string) error) (int, error) {
	var sources []source
	for _, part := range parts {
		sources = append(sources, &list{items: part})
	}
	m := newMerger()
	defer close(m.quit)
	count := 0
	for item := range m.start(sources) {
		if err := check(item); err != nil {
			return count, errors.Join(errors.New("bad manifest"), err)
		}
		count++
	}
	return count, nil
}
