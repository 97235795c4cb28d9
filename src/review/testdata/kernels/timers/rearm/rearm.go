// Package rearm has a timer function that starts itself again, for every object.
package rearm

import (
	"sync"
	"time"
)

type Lock struct {
	mu    sync.Mutex
	until time.Time
	freed bool
	timer *time.Timer
}

func Hold() *Lock {
	l := &Lock{}
	l.renew()
	return l
}

func (l *Lock) renew() {
	l.mu.Lock()
	l.until = time.Now().Add(time.Minute)
	l.mu.Unlock()
	time.AfterFunc(30*time.Second, l.renew) // leak: timer-not-stopped
}

func (l *Lock) Free() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.freed = true
}

// Repaired.

type LockRepaired struct {
	mu    sync.Mutex
	until time.Time
	freed bool
	timer *time.Timer
}

func HoldRepaired() *LockRepaired {
	l := &LockRepaired{}
	l.renew()
	return l
}

func (l *LockRepaired) renew() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.freed {
		return
	}
	l.until = time.Now().Add(time.Minute)
	l.timer = time.AfterFunc(30*time.Second, l.renew)
}

func (l *LockRepaired) Free() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.freed = true
	l.timer.Stop()
}
