// Ingest receives frames from the cameras of many tenants. Frames of a tenant have one size, so each tenant has a pool
// of buffers. An index remembers the header of every frame.
//
// Leak on purpose: the header in the index is a slice of the pooled buffer, kept after the buffer went back. Sixteen
// bytes of header keep a buffer of 64 KB alive long after its pool has dropped it (and may be overwritten before).
package main

import (
	"bytes"
	"expvar"
	"fmt"
	"net/http"
	"strconv"

	"example.com/hemostat-lab/internal/service"
)

var (
	framesTotal = expvar.NewInt("frames_total")
	frameBytes  = expvar.NewInt("frame_bytes_total")
)

const (
	tenantCount = 400
	frameSize   = 64 << 10
	headerSize  = 16
)

func main() {
	// At 25 frames per second it is a tenant's turn every 16 seconds.
	env := service.New(service.Defaults{Name: "ingest", Rate: 25})
	in := newIntake()
	http.HandleFunc("/frame", in.handleFrame)
	http.HandleFunc("/index", in.handleIndex)
	env.Drive(4, func(ev service.Event) {
		tenant := ev.N % tenantCount
		env.Post(fmt.Sprintf("/frame?tenant=%d", tenant), makeFrame(ev, tenant))
		if ev.N%50 == 49 {
			env.Get(fmt.Sprintf("/index?tenant=%d", tenant))
		}
	})
	env.Serve()
}

// makeFrame is a header (camera, number) and grey pixels.
func makeFrame(ev service.Event, tenant int) []byte {
	var frame bytes.Buffer
	frame.Grow(frameSize)
	fmt.Fprintf(&frame, "cam%04d:%08d", tenant, ev.N%100_000_000)
	row := make([]byte, 512)
	for frame.Len()+len(row) < frameSize {
		shade := byte(ev.Rand.Intn(256))
		for i := range row {
			row[i] = shade + byte(i)
		}
		frame.Write(row)
	}
	return frame.Bytes()
}

func (in *intake) handleFrame(w http.ResponseWriter, r *http.Request) {
	tenant, err := strconv.Atoi(r.URL.Query().Get("tenant"))
	if err != nil || tenant < 0 || tenant >= tenantCount {
		http.Error(w, "no such tenant", http.StatusNotFound)
		return
	}
	n, err := in.store(tenant, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	framesTotal.Add(1)
	frameBytes.Add(int64(n))
	w.WriteHeader(http.StatusNoContent)
}

func (in *intake) handleIndex(w http.ResponseWriter, r *http.Request) {
	tenant, err := strconv.Atoi(r.URL.Query().Get("tenant"))
	if err != nil || tenant < 0 || tenant >= tenantCount {
		http.Error(w, "no such tenant", http.StatusNotFound)
		return
	}
	for _, header := range in.headers(tenant) {
		fmt.Fprintf(w, "%s\n", header)
	}
}
