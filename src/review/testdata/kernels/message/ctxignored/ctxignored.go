// Package ctxignored gets a context and does not look at it.
package ctxignored

import (
	"context"
	"net/http"
)

type Update struct{ Key string }

func HandleFeed(w http.ResponseWriter, r *http.Request) {
	updates := make(chan Update)
	resets := make(chan struct{})
	go watch(r.Context(), updates, resets)
	select {
	case updates <- Update{r.URL.Path}:
	case <-r.Context().Done():
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func watch(ctx context.Context, updates <-chan Update, resets <-chan struct{}) {
	seen := map[string]int{}
	for {
		select { // leak: chan-select-no-exit|goroutine-no-exit
		case u := <-updates:
			seen[u.Key]++
		case <-resets:
			clear(seen)
		}
	}
}

// Repaired.

func HandleFeedRepaired(w http.ResponseWriter, r *http.Request) {
	updates := make(chan Update)
	resets := make(chan struct{})
	go watchRepaired(r.Context(), updates, resets)
	select {
	case updates <- Update{r.URL.Path}:
	case <-r.Context().Done():
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func watchRepaired(ctx context.Context, updates <-chan Update, resets <-chan struct{}) {
	seen := map[string]int{}
	for {
		select {
		case u := <-updates:
			seen[u.Key]++
		case <-resets:
			clear(seen)
		case <-ctx.Done():
			return
		}
	}
}
