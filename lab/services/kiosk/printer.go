package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

// layouts are the parts of a ticket. They are read anew for every ticket, so that a changed file counts at once.
var layouts = [...]string{"/etc/hostname", "/etc/hosts", "/etc/passwd", "/etc/group"}

type printer struct {
	till  string
	burst burst
}

func openPrinter() (*printer, error) {
	till, err := startTill()
	if err != nil {
		return nil, err
	}
	return &printer{till: till}, nil
}

// print reads the parts, takes the payment, and returns the size of the ticket in bytes.
func (p *printer) print(parts int, pay bool) (int64, error) {
	opens, connects := p.burst.factors()
	size := int64(0)
	for _, name := range layouts[:parts] {
		for n := 0; n < opens; n++ {
			read, err := readLayout(name)
			if err != nil {
				return 0, err
			}
			size += read
		}
	}
	if pay {
		for n := 0; n < connects; n++ {
			if err := p.pay(); err != nil {
				return 0, err
			}
		}
	}
	return size, nil
}

// readLayout returns the size of a file; a kiosk without that part prints without it.
func readLayout(name string) (int64, error) {
	layoutsTotal.Add(1)
	file, err := os.Open(name)
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return io.Copy(io.Discard, file)
}

// pay asks the till on a connection of its own.
func (p *printer) pay() error {
	paymentsTotal.Add(1)
	conn, err := net.Dial("tcp", p.till)
	if err != nil {
		return fmt.Errorf("the till: %w", err)
	}
	defer conn.Close()
	answer, err := io.ReadAll(conn)
	if err != nil {
		return fmt.Errorf("the till: %w", err)
	}
	if string(answer) != "PAID" {
		return fmt.Errorf("the till said %q", answer)
	}
	return nil
}

// startTill serves a till that takes every payment, and returns its address.
func startTill() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := io.WriteString(conn, "PAID"); err != nil {
				failedTotal.Add(1)
			}
			conn.Close()
		}
	}()
	return listener.Addr().String(), nil
}
