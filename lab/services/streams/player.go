package main

import (
	"fmt"
	"net/http"
	"time"
)

const (
	// readAhead is the buffer of one viewer in bytes.
	readAhead = 128 << 10
	// parts of a clip are sent one after the other.
	parts = 8
)

type player struct {
	// clip is how long a clip plays.
	clip time.Duration
}

func (p *player) handlePlay(w http.ResponseWriter, r *http.Request) {
	var clip int
	if _, err := fmt.Sscan(r.URL.Query().Get("clip"), &clip); err != nil {
		http.Error(w, "clip is not a number", http.StatusBadRequest)
		return
	}
	streamsTotal.Add(1)
	streamsOpen.Add(1)
	defer streamsOpen.Add(-1)

	buffer := loadClip(clip)
	next := time.NewTicker(p.clip / parts)
	defer next.Stop()
	for part := 0; part < parts; part++ {
		from := part * len(buffer) / parts
		if _, err := w.Write(buffer[from : from+512]); err != nil {
			return // the viewer went away
		}
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		select {
		case <-next.C:
		case <-r.Context().Done():
			return
		}
	}
}

// loadClip reads the whole clip ahead.
func loadClip(clip int) []byte {
	buffer := make([]byte, readAhead)
	for i := range buffer {
		buffer[i] = byte(i * (clip + 3) >> 3)
	}
	return buffer
}
