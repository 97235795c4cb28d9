// Package shardcheck checks all shards at once and gives up at the first that is broken.
package shardcheck

import "fmt"

type Shard struct {
	Name string
	ping func() error
}

func check(s *Shard, verdicts chan<- error) {
	if err := s.ping(); err != nil {
		verdicts <- fmt.Errorf("%s: %w", s.Name, err)
		return
	}
	verdicts <- nil // leak: chan-first-wins|chan-send-abandoned
}

func CheckAll(shards []*Shard) error {
	verdicts := make(chan error)
	for _, s := range shards {
		go check(s, verdicts)
	}
	for range shards {
		if err := <-verdicts; err != nil {
			return err
		}
	}
	return nil
}

// Repaired.

func checkRepaired(s *Shard, verdicts chan<- error) {
	if err := s.ping(); err != nil {
		verdicts <- fmt.Errorf("%s: %w", s.Name, err)
		return
	}
	verdicts <- nil
}

func CheckAllRepaired(shards []*Shard) error {
	verdicts := make(chan error, len(shards))
	for _, s := range shards {
		go checkRepaired(s, verdicts)
	}
	for range shards {
		if err := <-verdicts; err != nil {
			return err
		}
	}
	return nil
}
