package main

import (
	"bufio"
	"io"
	"sync"
	"time"
)

// bufferSize of each direction: 16 KiB, the largest report of a device.
const bufferSize = 16 << 10

// conn is one connected device.
type conn struct {
	id     int
	ticker *time.Ticker

	mu     sync.Mutex
	closed bool
	pings  int
	out    []byte
	in     []byte
}

// connect sets up the connection and starts its heartbeat.
func (gw *gateway) connect(id int) *conn {
	buffers := make([]byte, 2*bufferSize)
	c := &conn{
		id:     id,
		ticker: time.NewTicker(gw.heartbeat),
		in:     buffers[:bufferSize],
		out:    buffers[bufferSize:bufferSize],
	}
	go c.heartbeat()
	return c
}

// heartbeat pings the device at every tick.
func (c *conn) heartbeat() {
	for range c.ticker.C {
		c.send([]byte("ping\n"))
	}
}

// serve reads reports, one a word, and acknowledges each. It returns how many there were.
func (c *conn) serve(body io.Reader) (int, error) {
	reports := bufio.NewScanner(body)
	reports.Buffer(c.in, len(c.in))
	reports.Split(bufio.ScanWords)
	n := 0
	for reports.Scan() {
		n++
		c.send([]byte("ok\n"))
	}
	time.Sleep(30 * time.Millisecond) // the device takes its time to hang up
	return n, reports.Err()
}

// send adds a message to the outgoing buffer, which goes out when it is full.
func (c *conn) send(message []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if len(c.out)+len(message) > cap(c.out) {
		c.out = c.out[:0]
	}
	c.out = append(c.out, message...)
}

func (c *conn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}
