// Package neverempty appends to what the last user left.
package neverempty

import "sync"

type batch struct{ ids []int }

var batches = sync.Pool{New: func() any { return &batch{ids: make([]int, 0, 32)} }}

func Collect(in <-chan int, flush func([]int)) {
	b := batches.Get().(*batch)
	for id := range in {
		b.ids = append(b.ids, id)
	}
	flush(b.ids)
	if cap(b.ids) < 1024 {
		batches.Put(b) // leak: pool-put-without-reset
	}
}

// Repaired.

type emptiedBatch struct{ ids []int }

var emptied = sync.Pool{New: func() any { return &emptiedBatch{ids: make([]int, 0, 32)} }}

func CollectRepaired(in <-chan int, flush func([]int)) {
	b := emptied.Get().(*emptiedBatch)
	b.ids = b.ids[:0]
	for id := range in {
		b.ids = append(b.ids, id)
	}
	flush(b.ids)
	if cap(b.ids) < 1024 {
		emptied.Put(b)
	}
}
