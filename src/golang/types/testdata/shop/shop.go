// Package shop has an expression of each sort; the comment behind one says its type, as `// x: T`.
package shop

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"example.com/missing"
	. "example.com/shop/stock"
)

const big = 1 << 40

var timeout = 3 * time.Second // timeout: time.Duration

type Shop struct {
	*Base
	http.Handler
	pool   sync.Pool
	orders chan<- order
	once   func(int, ...string) error
}

type order struct {
	id   int `json:"id"`
	done chan struct{}
}

type numbers []int

func (n numbers) Len() int { return len(n) }

type either[T any] interface{ ~int | ~string }

func first[T any](list []T) T                       { return list[0] }
func convert[T, U any](t T, f func(T) U) U          { return f(t) }
func pick[K comparable, V any](m map[K]V) V         { var v V; return v }
func keys[M ~map[K]V, K comparable, V any](m M) []K { return nil }

func (s *Shop) selectors(r io.ReadCloser, f Finder) {
	_ = s.Items            // s.Items: map[string]*example.com/shop/stock.Item
	_ = s.Grid             // s.Grid: [8][3]example.com/shop/stock.Item
	_ = s.pool.Get()       // s.pool.Get: func() any
	_ = s.ServeHTTP        // s.ServeHTTP: func(net/http.ResponseWriter, *net/http.Request)
	_ = s.Find             // s.Find: func(string) (*example.com/shop/stock.Item, bool)
	_ = (*Item).Rename     // (*Item).Rename: func(*example.com/shop/stock.Item, string)
	_ = Item.Kind          // Item.Kind: func(example.com/shop/stock.Item) example.com/shop/stock.Kind
	_ = f.Lock             // f.Lock: func()
	_ = s.nothing          // s.nothing: ?
	_ = missing.Thing      // missing.Thing: ?
	_ = s.once             // s.once: func(int, ...string) error
	_ = http.DefaultClient // http.DefaultClient: *net/http.Client
	_ = os.Args            // os.Args: []string
}

func variables(ctx context.Context, m map[string]order, in <-chan order, any any, words ...string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout) // cancel: context.CancelFunc
	defer cancel()                                   // cancel(): ()
	resp, err := http.Get("x")                       // resp: *net/http.Response
	body, _ := io.ReadAll(resp.Body)                 // body: []uint8
	o, ok := m["a"]                                  // o: example.com/shop.order
	next, open := <-in                               // next: example.com/shop.order
	text, is := any.(string)                         // text: string
	_, _, _, _ = ok, open, is, body                  // open: bool
	for i, word := range words {                     // word: string
		_ = i // i: int
	}
	for n := range 10 { // n: int
		_ = n
	}
	for r := range in { // r: example.com/shop.order
		_ = r
	}
	for _, c := range "abc" { // c: int32
		_ = c
	}
	for k, v := range new(List[float64]).All() { // v: float64
		_ = k // k: int
	}
	switch v := any.(type) {
	case error:
		_ = v // v: error
	case int, string:
		_ = v // v: any
	case nil:
		_ = v // v: any
	case []byte:
		_ = v // v: []uint8
	}
	switch x := err; { // x: error
	case errors.Is(x, sql.ErrNoRows): // sql.ErrNoRows: error
	}
	select {
	case late := <-time.After(1): // late: time.Time
		_ = late
	case <-ctx.Done(): // ctx.Done(): <-chan struct{}
	}
	f := func(i int, names ...string) (n int, err error) { // f: func(int, ...string) (int, error)
		_ = names // names: []string
		return
	}
	n, err := f(1) // n: int
	_ = n
	p := &struct{ a, b int }{1, 2} // p: *struct{a int; b int}
	_ = p.b                        // p.b: int
	return err
}

func constants(shift uint, small int8, list []int) {
	var wide int64 = 1             // 1: int64
	var float = 2.0                // float: float64
	const c = 'a' + 1              // c: untyped rune
	_ = [...]string{5: "x"}        // [...]string{5: "x"}: [6]string
	_ = [len("héllo")]int{}        // [len("héllo")]int{}: [6]int
	_ = [unsafe.Sizeof(x)]int{}    // [unsafe.Sizeof(x)]int{}: [24]int
	_ = wide << 3                  // wide << 3: int64
	_ = 1 << shift                 // 1 << shift: int
	_ = small + 'b'                // 'b': int8
	_ = small == 0                 // small == 0: bool
	_ = float * 2                  // float * 2: float64
	_ = append(list, 7)            // 7: int
	_ = string(rune(65))           // string(rune(65)): string
	_ = []any{1.5}                 // 1.5: float64
	_ = min(small, 3)              // min(small, 3): int8
	_ = complex(1, float)          // complex(1, float): complex128
	_ = map[string]float64{"k": 9} // 9: float64
	_ = Dry                        // Dry: example.com/shop/stock.Kind
	_ = time.Duration(5)           // time.Duration(5): time.Duration
	_ = new(small + 1)             // new(small + 1): *int8
}

var x struct {
	a byte
	b int64
	c bool
}

func generics(list []string, both numbers, m map[string]time.Time) {
	_ = first(list)                                                    // first(list): string
	_ = convert(1, func(i int) []int { return nil })                   // convert(1, func(i int) []int { return nil }): []int
	_ = pick(m)                                                        // pick(m): time.Time
	_ = keys(m)                                                        // keys(m): []string
	_ = Zip(list, []bool{})                                            // Zip(list, []bool{}): []example.com/shop/stock.Pair[string,bool]
	_ = Zip(list, both)[0].Right                                       // Zip(list, both)[0].Right: int
	_ = Sum(both)                                                      // Sum(both): int
	_ = Pairs[int]{}                                                   // Pairs[int]{}: []example.com/shop/stock.Pair[int,int]
	_ = slices.SortedFunc(slices.Values(list), strings.Compare)        // slices.SortedFunc(slices.Values(list), strings.Compare): []string
	_ = slices.IndexFunc(list, func(s string) bool { return s == "" }) // s: string
	var l List[*Item]
	l.Push(nil)                          // l.Push: func(*example.com/shop/stock.Item)
	_ = both[1:]                         // both[1:]: example.com/shop.numbers
	_ = []order{{id: 1}}                 // {id: 1}: example.com/shop.order
	_ = []*order{{1, nil}}               // {1, nil}: *example.com/shop.order
	_ = map[[2]int][]order{{1, 2}: {{}}} // {1, 2}: [2]int
}

func broken() {
	_ = nowhere + 1 // nowhere: ?
	_ = 1()         // 1(): ?
	y := y          // y: ?
	_ = y
}
