// Couriers asks the gateway of the parcel services what a shipment costs. A question that is not answered soon is asked
// again on a new connection, and whichever answer comes first is taken.
//
// Leak on purpose: an attempt has no deadline. Where the gateway does not answer, each attempt keeps its goroutine and its
// connection, the gateway keeps a slot for every connection, and so more and more questions go unanswered and are asked
// again: more connections per second, and more goroutines that wait for them.
package main

import (
	"encoding/json"
	"expvar"
	"fmt"
	"log"
	"net/http"
	"strconv"
	"time"

	"example.com/hemostat-lab/internal/service"
)

var (
	tariffsTotal    = expvar.NewInt("tariffs_total")
	attemptsTotal   = expvar.NewInt("tariff_attempts_total")
	unansweredTotal = expvar.NewInt("tariffs_unanswered_total")
)

func main() {
	// Six questions per second are 6 connections per second while all is well, and 24 when nothing is answered.
	env := service.New(service.Defaults{Name: "couriers", Rate: 6, Life: 3 * time.Minute})
	gateway, err := startGateway()
	if err != nil {
		log.Fatal(err)
	}
	c := &couriers{gateway: gateway, patience: 150 * time.Millisecond, attempts: 4}
	http.HandleFunc("/tariff", c.handleTariff)
	env.Drive(16, func(ev service.Event) {
		env.Get(fmt.Sprintf("/tariff?depot=%d&grams=%d", ev.Rand.Intn(60), 100+ev.Rand.Intn(9000)))
	})
	env.Serve()
}

type tariff struct {
	Depot int   `json:"depot"`
	Cents int64 `json:"cents"`
}

func (c *couriers) handleTariff(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	depot, err := strconv.Atoi(query.Get("depot"))
	if err != nil || depot < 0 {
		http.Error(w, "depot is not a number", http.StatusBadRequest)
		return
	}
	grams, err := strconv.Atoi(query.Get("grams"))
	if err != nil || grams < 1 {
		http.Error(w, "grams is not a positive number", http.StatusBadRequest)
		return
	}
	tariffsTotal.Add(1)
	answer, ok := c.ask(depot, grams)
	if !ok {
		unansweredTotal.Add(1)
		http.Error(w, "no parcel service answers", http.StatusGatewayTimeout)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		return // the shop went away
	}
}
