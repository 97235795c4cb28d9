// Albums puts photographs together to printed albums. The pages of an album are laid out by goroutines of their own, and
// the album is assembled when all are done.
//
// Leak on purpose: the layout of a page gives up on a photograph that it cannot read, and says Done only at its end. The
// album's assembly waits for a page that is not being made any more.
package main

import (
	"encoding/json"
	"expvar"
	"fmt"
	"net/http"
	"strconv"

	"example.com/hemostat-lab/internal/service"
)

var (
	ordersTotal  = expvar.NewInt("albums_ordered_total")
	printedTotal = expvar.NewInt("albums_printed_total")
	brokenTotal  = expvar.NewInt("photographs_broken_total")
)

func main() {
	env := service.New(service.Defaults{Name: "albums", Rate: 50})
	http.HandleFunc("/album", handleAlbum)
	env.Drive(8, func(ev service.Event) {
		env.Post(fmt.Sprintf("/album?customer=%d&pages=%d", ev.Rand.Intn(100000), 4+ev.Rand.Intn(5)), nil)
	})
	env.Serve()
}

func handleAlbum(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	customer, err := strconv.Atoi(query.Get("customer"))
	if err != nil || customer < 0 {
		http.Error(w, "customer must be a number", http.StatusBadRequest)
		return
	}
	pages, err := strconv.Atoi(query.Get("pages"))
	if err != nil || pages < 1 || pages > maxPages {
		http.Error(w, fmt.Sprintf("an album has 1 to %d pages", maxPages), http.StatusBadRequest)
		return
	}
	ordersTotal.Add(1)
	go makeAlbum(customer, pages)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	if err := json.NewEncoder(w).Encode(map[string]int{"customer": customer, "pages": pages}); err != nil {
		return // the customer went away
	}
}
