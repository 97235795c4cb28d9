package main

import (
	"bytes"
	"fmt"
	"sync"
)

// keepUpTo is the largest buffer in bytes that goes back to the pool.
const keepUpTo = 64 << 10

// buffers is shared by all goroutines of all requests.
var buffers = sync.Pool{New: func() interface{} { return bytes.NewBuffer(make([]byte, 0, 8<<10)) }}

// renderInvoice renders all pages at the same time and returns them in order.
func renderInvoice(number, pages int) [][]byte {
	out := make([][]byte, pages)
	var wg sync.WaitGroup
	for i := range out {
		wg.Add(1)
		go func(page int) {
			defer wg.Done()
			out[page] = renderPage(number, page)
		}(i)
	}
	wg.Wait()
	return out
}

// renderPage returns a copy of what it wrote into a pooled buffer.
func renderPage(number, page int) []byte {
	buf := buffers.Get().(*bytes.Buffer)
	defer putBuffer(buf)
	fmt.Fprintf(buf, "Invoice %d, page %d\n", number, page+1)
	total := 0
	for line := 0; line < 30; line++ {
		cents := (number*31 + page*17 + line*7) % 9000
		total += cents
		fmt.Fprintf(buf, "%3d  article %05d  %4d.%02d\n", line+1, number%10000+line, cents/100, cents%100)
	}
	fmt.Fprintf(buf, "carried forward %d.%02d\n", total/100, total%100)
	renderedTotal.Add(1)
	return append([]byte(nil), buf.Bytes()...)
}

func putBuffer(buf *bytes.Buffer) {
	if buf.Cap() > keepUpTo {
		return
	}
	buf.Reset()
	buffers.Put(buf)
}
