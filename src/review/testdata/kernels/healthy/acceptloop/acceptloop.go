// Package acceptloop has an endless loop whose exit is an error.
package acceptloop

import (
	"errors"
	"net"
	"time"
)

func Listen(addr string, handle func(net.Conn)) (stop func() error, err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			c, err := l.Accept()
			switch {
			case errors.Is(err, net.ErrClosed):
				return
			case err != nil:
				time.Sleep(10 * time.Millisecond)
				continue
			}
			go handle(c)
		}
	}()
	return l.Close, nil
}
