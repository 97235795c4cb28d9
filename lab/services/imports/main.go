// Imports takes supplier catalogues. Two checks read a catalogue side by side under a read lock while it is being
// completed; then it is sealed, for which the write lock is taken.
//
// Leak on purpose: the check of the prices returns early at an article without a price, and keeps its read lock. Sealing
// that catalogue waits for ever.
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
	importsTotal = expvar.NewInt("imports_total")
	sealedTotal  = expvar.NewInt("catalogues_sealed_total")
	faultsTotal  = expvar.NewInt("articles_without_price_total")
)

func main() {
	env := service.New(service.Defaults{Name: "imports", Rate: 40})
	http.HandleFunc("/import", handleImport)
	env.Drive(8, func(ev service.Event) {
		env.Post(fmt.Sprintf("/import?supplier=%d&seed=%d", ev.Rand.Intn(90), ev.Rand.Intn(1<<20)), nil)
	})
	env.Serve()
}

type accepted struct {
	Supplier int    `json:"supplier"`
	Import   int64  `json:"import"`
	State    string `json:"state"`
}

func handleImport(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	supplier, err := strconv.Atoi(query.Get("supplier"))
	if err != nil || supplier < 0 {
		http.Error(w, "supplier must be a number", http.StatusBadRequest)
		return
	}
	seed, err := strconv.ParseUint(query.Get("seed"), 10, 64)
	if err != nil {
		http.Error(w, "seed must be a number", http.StatusBadRequest)
		return
	}
	go takeIn(supplier, seed)
	importsTotal.Add(1)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	answer := accepted{Supplier: supplier, Import: importsTotal.Value(), State: "checking"}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		return // the supplier went away
	}
}
