// Prints its own heap?debug=1 text and the symbols of every address in it.
package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"regexp"
	"runtime"
	rpprof "runtime/pprof"
	"strconv"
)

var (
	index   = map[int]int{}
	list    []int
	objects []*[64]int
)

func growMap() {
	for i := 0; i < 20000; i++ {
		index[i] = i
	}
}

func growSlice() {
	for i := 0; i < 200000; i++ {
		list = append(list, i)
	}
}

func makeObjects() {
	for i := range objects {
		objects[i] = new([64]int)
	}
}

func main() {
	runtime.MemProfileRate = 1
	objects = make([]*[64]int, 2000)
	growMap()
	growSlice()
	makeObjects()
	runtime.GC()
	var heap bytes.Buffer
	if err := rpprof.Lookup("heap").WriteTo(&heap, 1); err != nil {
		panic(err)
	}
	os.Stdout.Write(heap.Bytes())
	fmt.Println("=== symbols")
	query := ""
	seen := map[string]bool{}
	for _, word := range regexp.MustCompile(`0x[0-9a-f]+`).FindAllString(heap.String(), -1) {
		pc, err := strconv.ParseUint(word, 0, 64)
		if err != nil {
			continue
		}
		// The call is before the address that it returns to.
		call := fmt.Sprintf("%#x", pc-1)
		if !seen[call] {
			seen[call] = true
			query += "+" + call
		}
	}
	answer := httptest.NewRecorder()
	pprof.Symbol(answer, httptest.NewRequest(http.MethodGet, "/debug/pprof/symbol?"+query[1:], nil))
	os.Stdout.Write(answer.Body.Bytes())
	runtime.KeepAlive(index)
	runtime.KeepAlive(list)
	runtime.KeepAlive(objects)
}
