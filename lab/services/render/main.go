// Render writes invoices. The pages of an invoice are rendered by several goroutines that share one pool of buffers,
// which is what pools are for.
//
// Nothing leaks: what a page needs afterwards is copied before its buffer goes back, and large buffers are not kept.
package main

import (
	"expvar"
	"fmt"
	"net/http"
	"strconv"

	"example.com/hemostat-lab/internal/service"
)

var (
	invoicesTotal = expvar.NewInt("invoices_total")
	renderedTotal = expvar.NewInt("pages_total")
)

const maxPages = 12

func main() {
	env := service.New(service.Defaults{Name: "render", Rate: 50})
	http.HandleFunc("/invoice", handleInvoice)
	env.Drive(16, func(ev service.Event) {
		env.Get(fmt.Sprintf("/invoice?number=%d&pages=%d", ev.N, 1+ev.Rand.Intn(maxPages)))
	})
	env.Serve()
}

func handleInvoice(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.URL.Query().Get("number"))
	if err != nil {
		http.Error(w, "number is not a number", http.StatusBadRequest)
		return
	}
	pages, err := strconv.Atoi(r.URL.Query().Get("pages"))
	if err != nil || pages < 1 || pages > maxPages {
		http.Error(w, fmt.Sprintf("an invoice has 1 to %d pages", maxPages), http.StatusBadRequest)
		return
	}
	invoicesTotal.Add(1)
	for _, page := range renderInvoice(number, pages) {
		if _, err := w.Write(page); err != nil {
			return // the customer went away
		}
	}
}
