// Package twice puts an object back on its error path and again when it returns.
package twice

import "sync"

type scratch struct {
	keys [64]string
	n    int
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func Visit(keys []string, each func(*scratch) error) error {
	s := scratches.Get().(*scratch)
	s.n = 0
	defer scratches.Put(s)
	for _, k := range keys {
		s.keys[s.n%64] = k
		s.n++
		if err := each(s); err != nil {
			scratches.Put(s) // leak: pool-use-after-put
			return err
		}
	}
	return nil
}

// Repaired.

func VisitRepaired(keys []string, each func(*scratch) error) error {
	s := scratches.Get().(*scratch)
	s.n = 0
	defer scratches.Put(s)
	for _, k := range keys {
		s.keys[s.n%64] = k
		s.n++
		if err := each(s); err != nil {
			return err
		}
	}
	return nil
}
