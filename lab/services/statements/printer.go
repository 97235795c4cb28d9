package main

import (
	"bytes"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// usualLines and manyLines of about 40 bytes: 32 KB for most customers, 1.2 MB for a shop with a till.
	usualLines = 800
	manyLines  = 30000
	// usualRoom bytes are enough for most customers, three times over.
	usualRoom = 96 << 10
)

func newBuffer() interface{} { return bytes.NewBuffer(make([]byte, 0, usualRoom)) }

// printer prints statements into pooled buffers.
type printer struct {
	buffers sync.Pool
}

func newPrinter() *printer {
	return &printer{buffers: sync.Pool{New: newBuffer}}
}

// printAll prints the statements of all customers of a branch and returns the number of bytes.
func (p *printer) printAll(branch int) int64 {
	var (
		wg    sync.WaitGroup
		total int64
	)
	for customer := 0; customer < customers; customer++ {
		wg.Add(1)
		go func(customer int) {
			defer wg.Done()
			lines := usualLines
			if branch%4 == 0 && customer == branch*37/4%customers {
				lines = manyLines
			}
			n, err := p.print(io.Discard, customer, lines)
			if err != nil {
				return // printed again tomorrow
			}
			atomic.AddInt64(&total, n)
			statementsTotal.Add(1)
		}(customer)
	}
	wg.Wait()
	return total
}

// print writes one statement to the printing shop.
func (p *printer) print(shop io.Writer, customer, lines int) (int64, error) {
	buffer := p.buffers.Get().(*bytes.Buffer)
	defer p.buffers.Put(buffer)
	buffer.Reset()
	fillStatement(buffer, customer, lines)
	time.Sleep(40 * time.Millisecond) // the line to the printing shop
	return io.Copy(shop, bytes.NewReader(buffer.Bytes()))
}

// fillStatement writes one line per booking.
func fillStatement(buffer *bytes.Buffer, customer, lines int) {
	balance := int64(customer) * 1000
	line := make([]byte, 0, 80)
	for i := 0; i < lines; i++ {
		amount := int64((i*7919+customer*104729)%20000) - 9000
		balance += amount
		line = strconv.AppendInt(line[:0], int64(i+1), 10)
		line = append(line, "  card payment  "...)
		line = strconv.AppendInt(line, amount, 10)
		line = append(line, "  "...)
		line = strconv.AppendInt(line, balance, 10)
		buffer.Write(append(line, '\n'))
	}
}
