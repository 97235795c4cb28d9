// Oracle prints what the Go runtime itself says about this program, one fact per line, tab-separated:
//
//	type <address of the abi.Type> <reflect's String()>
//	global <address> <size> <symbol>
//	frame <pc> <innermost function> <file> <line>
//	chain <pc> <function>:<line> <function>:<line> …     innermost first, up to a compiled function
//	entry <address> <function>
//	object <address> <what names.typeOf should say>       objects that a heap dump shows with a type
//
// With an argument it also writes a heap dump there. Go 1.19 to the newest.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"sort"
	"sync"
	"time"
	"unsafe"
)

type Order struct {
	ID    int
	Items []*Item
	Notes map[string]Note
	Pad   [600]byte
}

type Item struct {
	Name string
	Next *Item
}

type Note struct{ Text, By string }

type Pair[K comparable, V any] struct {
	Key   K
	Value V
}

func (p *Pair[K, V]) Swap(other *Pair[K, V]) { *p, *other = *other, *p }

type Shape interface {
	Area() float64
	Grow(by float64) Shape
}

type square struct{ side float64 }

func (s square) Area() float64         { return s.side * s.side }
func (s square) Grow(by float64) Shape { return square{s.side + by} }
func (s *square) Shrink(by float64)    { s.side -= by }

var (
	cache    = map[string]*Order{}
	counter  int64
	table    [100]*Order
	shape    Shape = square{2}
	words          = [...]string{"a", "b", "c"}
	blank    [4096]byte
	lock     sync.Mutex
	handlers = map[string]json.Marshaler{}
	kept     []any
	closures []func() int
	callers  [16]uintptr
	depth    int
)

func main() {
	types()
	globals()
	frames()
	first()
	chain()
	entries()
	objects()
	if len(os.Args) > 1 {
		dump(os.Args[1])
	}
	runtime.KeepAlive(kept)
}

func types() {
	type local struct{ a, b int }
	for _, value := range []any{
		true, 1, int8(1), int16(1), int32(1), int64(1), uint(1), uint8(1), uint16(1), uint32(1), uint64(1), uintptr(1),
		float32(1), 1.0, complex64(1), 1i, "", unsafe.Pointer(nil), []byte(nil), []string(nil), [3]int{}, [0]func(){},
		Order{}, &Order{}, (**Order)(nil), []Order(nil), []*Order(nil), map[string]*Order(nil), map[Note][]Item(nil),
		map[string]map[int]chan<- *Item(nil), make(chan int), make(<-chan struct{}), make(chan<- Order),
		func() {}, func(int, ...string) (error, bool) { return nil, false }, local{}, &local{},
		struct {
			X int `json:"x"`
			Y *Order
		}{}, struct{}{}, square{}, &square{}, (*Shape)(nil), (*error)(nil), (*any)(nil), Pair[string, int]{},
		&Pair[Note, []*Pair[int, any]]{}, time.Time{}, time.Duration(1), &sync.Mutex{}, &sync.Pool{}, json.Decoder{}, &json.SyntaxError{}, json.RawMessage(nil), reflect.ValueOf(1), os.Stdout, &runtime.MemStats{}, [600]*Order{},
		(*interface {
			Read([]byte) (int, error)
			hidden()
		})(nil), &words, &table,
	} {
		seen := map[reflect.Type]bool{}
		describe(reflect.TypeOf(value), seen)
	}
}

// describe prints a type and what it is made of.
func describe(t reflect.Type, seen map[reflect.Type]bool) {
	if seen[t] || len(seen) > 200 {
		return
	}
	seen[t] = true
	// An interface value's second word is the *rtype.
	words := (*[2]uintptr)(unsafe.Pointer(&t))
	fmt.Printf("type\t%d\t%s\n", words[1], t.String())
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
		describe(t.Elem(), seen)
	case reflect.Map:
		describe(t.Key(), seen)
		describe(t.Elem(), seen)
	case reflect.Struct:
		for i := 0; i < t.NumField(); i++ {
			describe(t.Field(i).Type, seen)
		}
	case reflect.Func:
		for i := 0; i < t.NumIn(); i++ {
			describe(t.In(i), seen)
		}
	}
}

func globals() {
	for _, g := range []struct {
		name    string
		address unsafe.Pointer
		size    uintptr
	}{
		{"main.cache", unsafe.Pointer(&cache), unsafe.Sizeof(cache)},
		{"main.counter", unsafe.Pointer(&counter), unsafe.Sizeof(counter)},
		{"main.table", unsafe.Pointer(&table), unsafe.Sizeof(table)},
		{"main.shape", unsafe.Pointer(&shape), unsafe.Sizeof(shape)},
		{"main.words", unsafe.Pointer(&words), unsafe.Sizeof(words)},
		{"main.blank", unsafe.Pointer(&blank), unsafe.Sizeof(blank)},
		{"main.lock", unsafe.Pointer(&lock), unsafe.Sizeof(lock)},
		{"main.handlers", unsafe.Pointer(&handlers), unsafe.Sizeof(handlers)},
		{"os.ErrNotExist", unsafe.Pointer(&os.ErrNotExist), unsafe.Sizeof(os.ErrNotExist)},
		{"os.Stdout", unsafe.Pointer(&os.Stdout), unsafe.Sizeof(os.Stdout)},
	} {
		fmt.Printf("global\t%d\t%d\t%s\n", g.address, g.size, g.name)
	}
}

// frames asks the runtime about pcs spread over the whole text.
func frames() {
	low, high := textRange()
	for pc := low; pc < high; pc += 61 + (high-low)/4000 {
		// CallersFrames takes return addresses: it looks one byte before.
		frame, _ := runtime.CallersFrames([]uintptr{pc + 1}).Next()
		// Padding has no line; and of a function's last byte the runtime thinks as of the next one's entry.
		if frame.Function != "" && frame.File != "?" && runtime.FuncForPC(pc+1).Entry() != pc+1 {
			fmt.Printf("frame\t%d\t%s\t%s\t%d\n", pc, frame.Function, frame.File, frame.Line)
		}
	}
}

// textRange is between functions at both ends of what this program calls.
func textRange() (low, high uintptr) {
	addresses := []uintptr{}
	for _, f := range []any{main, fmt.Println, json.Unmarshal, runtime.GC, os.Open, reflect.TypeOf, sort.Strings, time.Now} {
		addresses = append(addresses, reflect.ValueOf(f).Pointer())
	}
	sort.Slice(addresses, func(i, j int) bool { return addresses[i] < addresses[j] })
	return addresses[0], addresses[len(addresses)-1]
}

// first, second and third are inlined into main.
func first() { second() }

func second() { third() }

func third() { depth = runtime.Callers(1, callers[:]) }

func chain() {
	fmt.Printf("chain\t%d", callers[0]-1)
	stack := runtime.CallersFrames(callers[:depth])
	for {
		frame, more := stack.Next()
		fmt.Printf("\t%s:%d", frame.Function, frame.Line)
		// Inlined calls have no Func.
		if !more || frame.Func != nil {
			break
		}
	}
	fmt.Println()
}

func entries() {
	for _, f := range []any{main, entries, fmt.Println, json.Unmarshal, runtime.GC, (*square).Shrink, square.Area} {
		pointer := reflect.ValueOf(f).Pointer()
		fmt.Printf("entry\t%d\t%s\n", pointer, runtime.FuncForPC(pointer).Name())
	}
}

// hold keeps an object for the dump and prints its address and its type as names.typeOf has it.
func hold(object any, says string) {
	kept = append(kept, object)
	fmt.Printf("object\t%d\t%s\n", reflect.ValueOf(object).Pointer(), says)
}

//go:noinline
func counterFrom(start int) func() int {
	return func() int { start++; return start }
}

func objects() {
	hold(&Order{ID: 1, Items: []*Item{{Name: "x"}}}, "main.Order")
	hold(new([100]*Item), "[100]*main.Item")
	hold(make([]*Item, 200), "[]*main.Item")
	hold(make([]Item, 300), "[]main.Item")
	hold(make([]Order, 3), "[]main.Order")
	hold(make([]any, 100), "[]interface {}")
	hold(&Pair[string, [80]Note]{}, "main.Pair[string,[80]main.Note]")
	hold(make([]string, 2000), "[]string")
	closures = append(closures, counterFrom(7))
	fmt.Printf("closure\t%d\tmain.counterFrom.func1\n", **(**uintptr)(unsafe.Pointer(&closures[0])))
}

func dump(path string) {
	file, err := os.Create(path)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	parked := make(chan int)
	go func() { <-parked }()
	time.Sleep(10 * time.Millisecond)
	runtime.GC()
	debug.WriteHeapDump(file.Fd())
	close(parked)
}
