// Pricefeed passes order books from exchanges on to everybody who subscribed: the page, the risk desk, the archive.
//
// Leak on purpose: every subscriber has a bounded outbox, and a publisher waits for room without a default or a
// timeout. The archive is slower than the market, so its outbox is always full and the publishers pile up.
package main

import (
	"encoding/json"
	"expvar"
	"fmt"
	"net/http"
	"time"

	"example.com/hemostat-lab/internal/service"
)

var (
	updatesTotal   = expvar.NewInt("updates_total")
	deliveredTotal = expvar.NewInt("updates_delivered_total")
)

func main() {
	env := service.New(service.Defaults{Name: "pricefeed", Rate: 45})
	h := newHub()
	h.subscribe("page", 32, 2*time.Millisecond)
	h.subscribe("risk", 32, 4*time.Millisecond)
	h.subscribe("archive", 16, 125*time.Millisecond)
	http.HandleFunc("/update", h.handleUpdate)
	http.HandleFunc("/subscribers", h.handleSubscribers)
	env.Drive(8, func(ev service.Event) {
		env.Post(fmt.Sprintf("/update?symbol=S%02d&price=%d", ev.Rand.Intn(40), 9000+ev.Rand.Intn(2000)), nil)
		if ev.N%100 == 99 {
			env.Get("/subscribers")
		}
	})
	env.Serve()
}

func (h *hub) handleUpdate(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var price int64
	if _, err := fmt.Sscan(query.Get("price"), &price); err != nil || query.Get("symbol") == "" {
		http.Error(w, "symbol and price are needed", http.StatusBadRequest)
		return
	}
	updatesTotal.Add(1)
	// The exchange expects an answer at once.
	go h.publish(newBook(query.Get("symbol"), price))
	w.WriteHeader(http.StatusAccepted)
}

func (h *hub) handleSubscribers(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(h.backlog()); err != nil {
		return // whoever asked went away
	}
}
