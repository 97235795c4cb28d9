package locks

import (
	"errors"
	"sync"
)

type replica struct {
	mu    sync.Mutex
	raft  sync.Mutex
	index int
	dead  bool
}

// withRaft locks for the caller; what it returns unlocks.
func (r *replica) withRaft() (unlock func(), err error) {
	r.raft.Lock()
	if r.dead {
		r.raft.Unlock()
		return nil, errors.New("the replica is dead")
	}
	return r.raft.Unlock, nil
}

func (r *replica) advanceLocked(by int) (int, error) {
	if by < 0 {
		return 0, errors.New("backwards")
	}
	r.index += by
	return r.index, nil
}

func (r *replica) step(by int, lock bool) (int, error) {
	if lock {
		r.mu.Lock()
		defer r.mu.Unlock()
	}
	if r.index > 1000 {
		return 0, errors.New("full")
	}
	return r.advanceLocked(by)
}

func (r *replica) waitFor(index int, pause func()) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.index < index {
		r.mu.Unlock()
		pause()
		r.mu.Lock()
	}
	return r.index
}

// Advance moves an index on.
func Advance(steps []int) (int, error) {
	r := &replica{}
	unlock, err := r.withRaft()
	if err != nil {
		return 0, err
	}
	defer unlock()
	for _, by := range steps {
		if _, err := r.step(by, true); err != nil {
			return 0, err
		}
	}
	return r.waitFor(0, func() {}), nil
}
