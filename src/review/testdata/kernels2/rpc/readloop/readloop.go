package readloop

import (
	"bufio"
	"context"
	"io"
)

type answer struct {
	line string
	err  error
}

type pending struct {
	answer chan answer
}

type persistConn struct {
	in    *bufio.Reader
	out   io.Writer
	calls chan *pending
}

func dial(rw io.ReadWriter) *persistConn {
	pc := &persistConn{in: bufio.NewReader(rw), out: rw, calls: make(chan *pending, 16)}
	go pc.readLoop()
	return pc
}

func (pc *persistConn) readLoop() {
	for p := range pc.calls {
		line, err := pc.in.ReadString('\n')
		p.answer <- answer{line: line, err: err} // leak: chan-send-abandoned
		if err != nil {
			return
		}
	}
}

func (pc *persistConn) roundTrip(ctx context.Context, request string) (string, error) {
	p := &pending{answer: make(chan answer)}
	pc.calls <- p
	if _, err := io.WriteString(pc.out, request+"\n"); err != nil {
		return "", err
	}
	select {
	case a := <-p.answer:
		return a.line, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (pc *persistConn) close() { close(pc.calls) }

// Ask sends the requests one after another on a connection.
func Ask(ctx context.Context, rw io.ReadWriter, requests []string) ([]string, error) {
	pc := dial(rw)
	defer pc.close()
	var lines []string
	for _, request := range requests {
		line, err := pc.roundTrip(ctx, request)
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}
