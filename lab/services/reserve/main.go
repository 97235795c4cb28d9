// Reserve holds articles for carts. What is not paid within half an hour goes back to the shelf.
//
// Leak on purpose: the timer that would give an article back is not stopped when the cart is paid. It keeps the
// reservation for the rest of the half hour, and every paid line adds one.
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
	cartsTotal = expvar.NewInt("carts_total")
	holdsTotal = expvar.NewInt("holds_total")
	paidTotal  = expvar.NewInt("holds_paid_total")
)

// linesPerCart is large: this shop sells to workshops.
const linesPerCart = 40

func main() {
	env := service.New(service.Defaults{Name: "reserve", Rate: 50})
	s := newStock(5000, 30*time.Minute)
	http.HandleFunc("/checkout", s.handleCheckout)
	http.HandleFunc("/shelf", s.handleShelf)
	env.Drive(8, func(ev service.Event) {
		lines := make([]cartLine, linesPerCart)
		for i := range lines {
			lines[i] = cartLine{Article: ev.Rand.Intn(5000), Amount: 1 + ev.Rand.Intn(3)}
		}
		body, err := json.Marshal(lines)
		if err == nil {
			env.Post(fmt.Sprintf("/checkout?cart=%d", ev.N), body)
		}
		if ev.N%100 == 99 {
			env.Get("/shelf")
		}
	})
	env.Serve()
}

type cartLine struct {
	Article int `json:"article"`
	Amount  int `json:"amount"`
}

// handleCheckout holds every line, takes the money, and hands the goods over.
func (s *stock) handleCheckout(w http.ResponseWriter, r *http.Request) {
	var lines []cartLine
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&lines); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	cart := r.URL.Query().Get("cart")
	held := make([]*reservation, 0, len(lines))
	for _, line := range lines {
		res, err := s.hold(cart, line)
		if err != nil {
			s.giveBack(held)
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		held = append(held, res)
	}
	cartsTotal.Add(1)
	time.Sleep(5 * time.Millisecond) // the payment provider
	s.pay(held)
	w.WriteHeader(http.StatusNoContent)
}

func (s *stock) handleShelf(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintf(w, "%d held\n", s.held())
}
