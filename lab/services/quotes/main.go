// Quotes answers "what does this article cost, delivered?" for a shop. Suppliers are asked for offers; an answer that
// takes longer than the page can wait is given up.
//
// Leak on purpose: the result channel has no room, so a price that arrives after the handler has given up is never
// received, and its goroutine keeps the offers that it compared.
package main

import (
	"context"
	"encoding/json"
	"expvar"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"example.com/hemostat-lab/internal/service"
)

var (
	quotesTotal  = expvar.NewInt("quotes_total")
	timeoutTotal = expvar.NewInt("quote_timeouts_total")
)

func main() {
	env := service.New(service.Defaults{Name: "quotes", Rate: 60})
	s := &server{
		pricer: newPricer(400),
		budget: 80 * time.Millisecond,
	}
	http.HandleFunc("/quote", s.handleQuote)
	env.Drive(24, func(ev service.Event) {
		env.Get(fmt.Sprintf("/quote?article=%d&amount=%d", ev.Rand.Intn(400), 1+ev.Rand.Intn(5)))
	})
	env.Serve()
}

// server is the HTTP side.
type server struct {
	pricer *pricer
	// budget is how long a page waits for a price.
	budget time.Duration
}

func (s *server) handleQuote(w http.ResponseWriter, r *http.Request) {
	req, err := parseRequest(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	quotesTotal.Add(1)
	ctx, cancel := context.WithTimeout(r.Context(), s.budget)
	defer cancel()

	result := make(chan quote)
	go s.pricer.price(req, result)

	select {
	case q := <-result:
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(q); err != nil {
			return // the shop went away
		}
	case <-ctx.Done():
		timeoutTotal.Add(1)
		http.Error(w, "no price in time", http.StatusGatewayTimeout)
	}
}

func parseRequest(r *http.Request) (request, error) {
	article, err := strconv.Atoi(r.URL.Query().Get("article"))
	if err != nil || article < 0 {
		return request{}, fmt.Errorf("article %q is not a number", r.URL.Query().Get("article"))
	}
	amount, err := strconv.Atoi(r.URL.Query().Get("amount"))
	if err != nil || amount < 1 {
		return request{}, fmt.Errorf("amount %q is not a positive number", r.URL.Query().Get("amount"))
	}
	return request{article: article, amount: amount}, nil
}
