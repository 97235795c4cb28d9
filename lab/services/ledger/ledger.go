package main

import (
	"hash/fnv"
	"io"
	"sync"
	"time"
)

const documentSize = 24 << 10

// document is the scanned paper behind a transfer.
type document struct {
	used int
	data [documentSize]byte
}

func readDocument(body io.Reader) (*document, error) {
	doc := &document{}
	n, err := io.ReadFull(body, doc.data[:])
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, err
	}
	doc.used = n
	return doc, nil
}

func (d *document) sum() uint64 {
	h := fnv.New64a()
	h.Write(d.data[:d.used]) // never fails
	return h.Sum64()
}

type account struct {
	mu      sync.Mutex
	cents   int64
	journal uint64
}

type ledger struct {
	accounts []account
}

func newLedger(accounts int) *ledger {
	l := &ledger{accounts: make([]account, accounts)}
	for i := range l.accounts {
		l.accounts[i].cents = 1_000_000
	}
	return l
}

func (l *ledger) has(account int) bool {
	return account >= 0 && account < len(l.accounts)
}

// transfer books cents from one account to another.
func (l *ledger) transfer(from, to int, cents int64, doc *document) {
	source, target := &l.accounts[from], &l.accounts[to]
	source.mu.Lock()
	defer source.mu.Unlock()
	time.Sleep(10 * time.Millisecond) // is the money there? asks another system
	target.mu.Lock()
	defer target.mu.Unlock()
	if source.cents < cents {
		return
	}
	source.cents -= cents
	target.cents += cents
	source.journal ^= doc.sum()
	target.journal ^= doc.sum()
	bookedTotal.Add(1)
}
