package main

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxFactor and maxBurst keep a burst from becoming an attack.
const (
	maxFactor = 20
	maxBurst  = 5 * time.Minute
)

// burst is how the service misbehaves for a while; the zero value is none.
type burst struct {
	mu       sync.Mutex
	until    time.Time
	opens    int
	connects int
}

// factors are how many times as many files and connections as usual; 1 and 1 without a burst.
func (b *burst) factors() (opens, connects int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Now().After(b.until) {
		return 1, 1
	}
	return b.opens, b.connects
}

func (b *burst) handle(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "POST", http.StatusMethodNotAllowed)
		return
	}
	query := r.URL.Query()
	length, err := time.ParseDuration(query.Get("for"))
	if err != nil || length <= 0 || length > maxBurst {
		http.Error(w, fmt.Sprintf("for must be a duration of at most %s, e.g. 5s", maxBurst), http.StatusBadRequest)
		return
	}
	opens, err := factor(query.Get("opens"))
	if err != nil {
		http.Error(w, "opens "+err.Error(), http.StatusBadRequest)
		return
	}
	connects, err := factor(query.Get("connects"))
	if err != nil {
		http.Error(w, "connects "+err.Error(), http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	b.until, b.opens, b.connects = time.Now().Add(length), opens, connects
	b.mu.Unlock()
	burstsTotal.Add(1)
	if query.Get("unseen") == "1" {
		neverMadeOtherwise()
	}
	fmt.Fprintf(w, "for %s: files opened × %d, connections × %d\n", length, opens, connects)
}

// factor reads how many times as many; absent is as usual.
func factor(text string) (int, error) {
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxFactor {
		return 0, fmt.Errorf("must be 1 to %d", maxFactor)
	}
	return n, nil
}
