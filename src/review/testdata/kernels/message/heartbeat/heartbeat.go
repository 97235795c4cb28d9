// Package heartbeat sends pings for each connection.
package heartbeat

import (
	"net"
	"time"
)

func Handle(conn net.Conn, serve func(net.Conn)) {
	defer conn.Close()
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	go func() {
		for range tick.C { // leak: goroutine-no-exit|chan-select-no-exit|chan-range-unclosed
			conn.Write([]byte("ping\n"))
		}
	}()
	serve(conn)
}

// Repaired.

func HandleRepaired(conn net.Conn, serve func(net.Conn)) {
	defer conn.Close()
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	gone := make(chan struct{})
	defer close(gone)
	go func() {
		for {
			select {
			case <-tick.C:
				conn.Write([]byte("ping\n"))
			case <-gone:
				return
			}
		}
	}()
	serve(conn)
}
