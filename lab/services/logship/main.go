// Logship takes log batches from agents over HTTP and ships them to an archive, one connection, in order.
//
// Leak on purpose: a record that the parser does not expect makes the shipping goroutine panic. The panic is recovered
// and logged, but nobody ships any more, and the channel stays open: every later batch waits in it for ever.
package main

import (
	"bytes"
	"expvar"
	"fmt"
	"io"
	"net/http"

	"example.com/hemostat-lab/internal/service"
)

var (
	batchesTotal = expvar.NewInt("batches_total")
	shippedTotal = expvar.NewInt("batches_shipped_total")
)

// batchSize is what an agent collects before it sends, in bytes.
const batchSize = 32 << 10

func main() {
	env := service.New(service.Defaults{Name: "logship", Rate: 30})
	s := newShipper()
	http.HandleFunc("/logs", s.handleLogs)
	go s.ship()
	env.Drive(8, func(ev service.Event) {
		env.Post(fmt.Sprintf("/logs?host=web%d", ev.Rand.Intn(12)), makeBatch(ev))
	})
	env.Serve()
}

// makeBatch writes lines "level time text". Event 20 has a line that an agent cut in two.
func makeBatch(ev service.Event) []byte {
	var b bytes.Buffer
	b.Grow(batchSize)
	for line := 0; b.Len() < batchSize-256; line++ {
		fmt.Fprintf(&b, "info %d.%03d %s\n", 1700000000+ev.N, line, service.Words(ev.Rand, 100))
	}
	if ev.N == 20 {
		b.WriteString("warn\n")
	}
	return b.Bytes()
}

func (s *shipper) handleLogs(w http.ResponseWriter, r *http.Request) {
	host := r.URL.Query().Get("host")
	if host == "" {
		http.Error(w, "host is missing", http.StatusBadRequest)
		return
	}
	text, err := readBatch(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	batchesTotal.Add(1)
	// The agent need not wait until the archive has it.
	go s.enqueue(batch{host: host, text: text})
	w.WriteHeader(http.StatusAccepted)
}

func readBatch(body io.Reader) ([]byte, error) {
	text := make([]byte, batchSize)
	n, err := io.ReadFull(body, text)
	if err != nil && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("read the batch: %w", err)
	}
	return text[:n], nil
}
