// Claims takes damage claims with a scan of the form. The handler reads the scan and answers at once; a goroutine keeps
// it until the assessor has looked at it.
//
// Leak on purpose: a second claim for the same policy is not put before the assessor, but its goroutine waits all the
// same, for ever, with the scan that the handler read. The goroutines allocate nothing themselves, and the service counts
// nothing that could stand for its load.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"example.com/hemostat-lab/internal/service"
)

// policies that anybody claims for.
const policies = 6

// maxScan is the largest form that is accepted, in bytes.
const maxScan = 128 << 10

func main() {
	env := service.New(service.Defaults{Name: "claims", Rate: 40, Life: 3 * time.Minute})
	d := newDesk(policies)
	go d.assess()
	http.HandleFunc("/claim", d.handleClaim)
	form := bytes.Repeat([]byte("%PDF-1.7 scan "), 4<<10)
	env.Drive(8, func(ev service.Event) {
		path := fmt.Sprintf("/claim?policy=%d", ev.Rand.Intn(policies))
		res, err := env.Client.Post(env.URL+path, "application/pdf", bytes.NewReader(form))
		if err != nil {
			return // the next claim tries again
		}
		defer res.Body.Close()
		_, _ = io.Copy(io.Discard, res.Body)
	})
	env.Serve()
}

func (d *desk) handleClaim(w http.ResponseWriter, r *http.Request) {
	policy, err := strconv.Atoi(r.URL.Query().Get("policy"))
	if err != nil {
		http.Error(w, "policy is not a number", http.StatusBadRequest)
		return
	}
	scan, err := readScan(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c := &claim{policy: policy, scan: scan, seen: make(chan struct{})}
	d.file(c)
	go d.archive(c)
	w.WriteHeader(http.StatusAccepted)
}

// readScan reads the form into memory.
func readScan(body io.Reader) ([]byte, error) {
	scan := make([]byte, maxScan)
	n, err := io.ReadFull(body, scan)
	if err != nil && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("the scan cannot be read: %w", err)
	}
	return scan[:n], nil
}
