// Orders is a healthy order service: it takes orders, keeps the latest few thousand for the customer's page and hands
// every order to a worker that books it.
//
// Nothing leaks: the history is a ring, the queue is bounded and refuses when full, every goroutine has an end.
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
	ordersTotal  = expvar.NewInt("orders_total")
	refusedTotal = expvar.NewInt("orders_refused_total")
	bookedTotal  = expvar.NewInt("orders_booked_total")
)

func main() {
	env := service.New(service.Defaults{Name: "orders", Rate: 120})
	s := &server{history: newHistory(256), books: newBooks(4, 128)}
	http.HandleFunc("/orders", s.handleOrders)
	env.Drive(16, func(ev service.Event) {
		if ev.Rand.Intn(3) == 0 {
			env.Get("/orders?limit=20")
			return
		}
		body, err := json.Marshal(order{
			Customer: fmt.Sprintf("c%04d", ev.Rand.Intn(3000)),
			Article:  ev.Rand.Intn(5000),
			Amount:   1 + ev.Rand.Intn(4),
			Note:     string(service.Words(ev.Rand, 200)),
		})
		if err == nil {
			env.Post("/orders", body)
		}
	})
	env.Serve()
}

type order struct {
	ID       int64     `json:"id"`
	Customer string    `json:"customer"`
	Article  int       `json:"article"`
	Amount   int       `json:"amount"`
	Note     string    `json:"note,omitempty"`
	At       time.Time `json:"at"`
}

type server struct {
	history *history
	books   *books
}

func (s *server) handleOrders(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		s.list(w, r)
	case http.MethodPost:
		s.create(w, r)
	default:
		http.Error(w, "GET or POST", http.StatusMethodNotAllowed)
	}
}

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > 100 {
		limit = 10
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(s.history.latest(limit)); err != nil {
		return // the customer went away
	}
}

func (s *server) create(w http.ResponseWriter, r *http.Request) {
	var o order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&o); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if o.Amount < 1 {
		http.Error(w, "amount must be at least 1", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	o.ID = ordersTotal.Value() + 1
	o.At = time.Now()
	if err := s.books.book(ctx, o); err != nil {
		refusedTotal.Add(1)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	ordersTotal.Add(1)
	s.history.add(o)
	w.WriteHeader(http.StatusCreated)
}
