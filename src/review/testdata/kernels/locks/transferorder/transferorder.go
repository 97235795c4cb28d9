// Package transferorder takes two locks in the order of its arguments.
package transferorder

import "sync"

type Wallet struct {
	mu    sync.Mutex
	coins int
	id    int
}

func Transfer(from, to *Wallet, n int) {
	from.mu.Lock()
	defer from.mu.Unlock()
	to.mu.Lock() // leak: none-yet
	defer to.mu.Unlock()
	from.coins -= n
	to.coins += n
}

func Swap(a, b *Wallet) {
	go Transfer(a, b, 1)
	Transfer(b, a, 1)
}

// Repaired.

func TransferRepaired(from, to *Wallet, n int) {
	first, second := from, to
	if second.id < first.id {
		first, second = second, first
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	second.mu.Lock()
	defer second.mu.Unlock()
	from.coins -= n
	to.coins += n
}
