package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// push sends one bulk to the engine.
func (ix *indexer) push(bulk []document) error {
	var body bytes.Buffer
	body.Grow(bulkSize * 2048)
	for _, d := range bulk {
		fmt.Fprintf(&body, "{\"index\":{\"_id\":%d}}\n{\"text\":%q}\n", d.ID, d.Body)
	}
	req, err := http.NewRequest(http.MethodPost, ix.engine+"/_bulk", bytes.NewReader(body.Bytes()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	resp, err := ix.client.Do(req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("bulk of %d documents: %s", len(bulk), resp.Status)
	}
	pushesTotal.Add(1)
	return nil
}

func (ix *indexer) handlePending(w http.ResponseWriter, _ *http.Request) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	fmt.Fprintf(w, "%d\n", len(ix.pending))
}

// startEngine serves a search engine that accepts everything, and returns its URL.
func startEngine() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/_bulk", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"errors":false,"bytes":%d}`, n)
	})
	// The engine drops connections that are idle for two seconds, as engines behind a balancer do.
	server := &http.Server{Handler: mux, IdleTimeout: 2 * time.Second}
	go func() {
		if err := server.Serve(listener); err != nil {
			failedTotal.Add(1)
		}
	}()
	return "http://" + listener.Addr().String(), nil
}
