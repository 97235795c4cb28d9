// Segments is an append-only store for measurements. Records go to the current segment, a block of mapped memory; a
// full segment is sealed and the next one opened.
//
// Leak on purpose: a sealed segment is forgotten but never unmapped. The Go heap stays flat, the process grows.
package main

import (
	"expvar"
	"fmt"
	"log"
	"net/http"
	"time"

	"example.com/hemostat-lab/internal/service"
)

var (
	recordsTotal  = expvar.NewInt("records_total")
	segmentsTotal = expvar.NewInt("segments_total")
)

func main() {
	// 500 batches of 8 KiB per second fill four segments of 1 MiB: 4 MB/s, so three minutes are enough.
	env := service.New(service.Defaults{Name: "segments", Rate: 500, Life: 3 * time.Minute})
	st, err := openStore()
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/latest", st.handleLatest)
	batch := make([]byte, 8<<10)
	env.Drive(1, func(ev service.Event) {
		fillBatch(batch, ev)
		if err := st.append(batch); err != nil {
			log.Fatal(err)
		}
		if ev.N%250 == 249 {
			env.Get("/latest?sensor=7")
		}
	})
	env.Serve()
}

// fillBatch makes measurements of 32 bytes: sensor, time, value, checksum.
func fillBatch(batch []byte, ev service.Event) {
	for at := 0; at+recordSize <= len(batch); at += recordSize {
		putRecord(batch[at:], uint64(ev.Rand.Intn(64)), uint64(ev.N), ev.Rand.Uint64())
	}
}

func (st *store) handleLatest(w http.ResponseWriter, r *http.Request) {
	var sensor uint64
	if _, err := fmt.Sscan(r.URL.Query().Get("sensor"), &sensor); err != nil {
		http.Error(w, "sensor is not a number", http.StatusBadRequest)
		return
	}
	value, ok := st.latest(sensor)
	if !ok {
		http.Error(w, "nothing from this sensor in the current segment", http.StatusNotFound)
		return
	}
	fmt.Fprintf(w, "%d\n", value)
}
