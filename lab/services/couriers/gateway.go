package main

import (
	"bufio"
	"fmt"
	"net"
	"sync"
)

// slots is how many connections the gateway serves; a connection that lands on a taken slot is queued behind it.
const slots = 240

// gateway stands for the parcel services. Each connection is given a slot; one depot in four belongs to a service that is
// down, whose slots never come free as long as the connection is open.
type gateway struct {
	mu    sync.Mutex
	taken [slots]bool
	next  int
	// parked connections have no goroutine: a kernel that queues them needs none either.
	parked []net.Conn
}

func startGateway() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	g := &gateway{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go g.serve(conn)
		}
	}()
	return listener.Addr().String(), nil
}

// serve answers one question and closes, or leaves the connection open where there is no answer.
func (g *gateway) serve(conn net.Conn) {
	line, err := bufio.NewReaderSize(conn, 64).ReadString('\n')
	if err != nil {
		conn.Close()
		return
	}
	var depot, grams int
	if _, err := fmt.Sscanf(line, "TARIFF %d %d", &depot, &grams); err != nil {
		conn.Close()
		return
	}
	if !g.admit(depot%4 == 0) {
		g.park(conn)
		return
	}
	fmt.Fprintf(conn, "CENTS %d\n", 390+grams/10)
	conn.Close()
}

// admit takes the next slot in turn and says whether there will be an answer.
func (g *gateway) admit(down bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	// Steps that have no divisor in common with the number of slots visit all of them.
	g.next = (g.next + 7) % slots
	if down {
		g.taken[g.next] = true
	}
	return !g.taken[g.next]
}

// park keeps the connection until the client closes it.
func (g *gateway) park(conn net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.parked = append(g.parked, conn)
}
