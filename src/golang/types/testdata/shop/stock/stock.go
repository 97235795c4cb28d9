// Package stock is what shop imports.
package stock

import "sync"

const Shelves = 2 * rows

const rows = 4

type Kind uint8

const (
	Fresh Kind = iota
	Dry
	Frozen
)

type Item struct {
	Name  string
	Price float64
	kind  Kind
}

func (i *Item) Rename(name string) { i.Name = name }
func (i Item) Kind() Kind          { return i.kind }

type Base struct {
	sync.Mutex
	Items map[string]*Item
	Grid  [Shelves][Frozen + 1]Item
}

func (b *Base) Find(name string) (*Item, bool) {
	item, ok := b.Items[name]
	return item, ok
}

type List[T any] struct {
	first *node[T]
}

type node[T any] struct {
	value T
	next  *node[T]
}

func (l *List[E]) Push(e E)                           { l.first = &node[E]{e, l.first} }
func (l *List[E]) All() func(yield func(int, E) bool) { return nil }

type Pair[A, B any] struct {
	Left  A
	Right B
}

type Pairs[A any] = []Pair[A, A]

func Zip[A, B any](as []A, bs []B) []Pair[A, B] { return nil }

func Sum[S ~[]N, N int | float64](numbers S) N { return 0 }

type Finder interface {
	sync.Locker
	Find(name string) (*Item, bool)
}
