// Package everything has one of each piece of Go's syntax.
package everything

import "fmt"
import (
	. "math"
	str "strings"
	_ "unsafe" // for go:linkname
)

const (
	a, b = iota, 1 << iota
	c, d
	e = 0x1p-2 + 0b1010_0101 + 0o17 + 017 + 1_000.5e+3 + 0x_FFi + .5i
)

var x, y int = 1, 2
var (
	r      = 'x' + '\n' + '\'' + '\xff' + '\377' + 'é' + '\U0010ffff'
	s      = "a\"b\u00e9" + `raw "string" \`
	called = func() (n int) { return len(s) }()
)

type (
	Number interface {
		~int | ~int64 | ~float64
	}
	List[T any] struct {
		next  *List[T]
		value T `json:"value"`
	}
	Pair[K comparable, V *int | []byte] struct {
		*fmt.Stringer
		List[K]
		k, l K
		v    V
	}
	Alias          = map[string]chan<- func(int, ...string) (n int, err error)
	Generic[P any] = List[P]
	Array          [a * 4]<-chan int
	Pointer[P *T,] struct{}
	Slice[P []int] [len("x")][]P
	Iface          interface {
		fmt.Stringer
		M(int, string) (x, y int)
		comparable
		List[int] | Pair[int, *int]
	}
)

type T struct{ int }

func (t *T) Method(a, b int, c ...string) (x int, err error) { return }
func (List[T]) Len() int                                     { return 0 }
func External(x uintptr) int
func Map[K comparable, V any](m map[K]V, f func(K, V) bool) []V {
	return nil
}

func statements(ch chan int, v any) (err error) {
	var local, other = 1, "x"
	const k = 1
	type inner struct{}
	local++
	local--
	local += 2
	local, _ = other[0]&^2, <-ch
	ch <- local
	go func() {}()
	defer fmt.Println(local, []any{1, nil}...)
	if x := f(); x > 0 && !(x < 3) || x == y {
		return nil
	} else if v, ok := v.(T); ok {
		_ = v
	} else {
		goto done
	}
	switch x := x; {
	case x > 0, x < -1:
		fallthrough
	default:
		break
	}
	switch x := v.(type) {
	case nil, *T, []int, func(), map[string]int:
		_ = x
	}
	switch v.(type) {
	}
	select {
	case ch <- 1:
	case v := <-ch:
		_ = v
	case x, ok := <-ch:
		_, _ = x, ok
	case <-ch:
	default:
	}
outer:
	for i := 0; i < 10; i++ {
		for range 10 {
			continue outer
		}
		for k, v := range map[string]int{"a": 1} {
			_, _ = k, v
		}
		for x = range Map[int, string](nil, nil) {
			break outer
		}
		for {
		}
	}
	for {
	}
	for x < 3 {
		x = s[1:2:3][0] + arr[:]
	}
	{
		_ = struct{ a, b int }{1, b: 2}
		_ = [...]Point{{1, 2}, 5: {X: 1}, *&p}
		_ = map[Point][]int{{1, 2}: {3}}
		_ = (<-chan int)(nil)
		_ = <-chan int(nil)
		_ = -+^!~x
		if (T{} == T{}) {
		}
	}
done:
}
