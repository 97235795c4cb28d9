package compaction

import (
	"errors"
	"sync"
)

type table struct {
	id   int
	size int64
}

type level struct {
	mu     sync.Mutex
	tables []table
}

type compactor struct {
	levels []*level
	merge  func(*level) error
}

func (c *compactor) compact(l *level) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.tables) < 2 {
		return nil
	}
	return c.merge(l)
}

func (c *compactor) compactAll() error {
	var wg sync.WaitGroup
	failures := make(chan error)
	for _, l := range c.levels {
		wg.Add(1)
		go func(l *level) {
			defer wg.Done()
			if err := c.compact(l); err != nil {
				failures <- err // leak: chan-send-abandoned|chan-first-wins|waitgroup-misuse
			}
		}(l)
	}
	wg.Wait()
	close(failures)
	var all []error
	for err := range failures {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// Compact merges the tables of each level with these sizes.
func Compact(sizes [][]int64, limit int64) error {
	c := &compactor{merge: func(l *level) error {
		for _, t := range l.tables {
			if t.size > limit {
				return errors.New("table too large")
			}
		}
		return nil
	}}
	for _, row := range sizes {
		l := &level{}
		for id, size := range row {
			l.tables = append(l.tables, table{id: id, size: size})
		}
		c.levels = append(c.levels, l)
	}
	return c.compactAll()
}
