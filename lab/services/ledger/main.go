// Ledger moves money between accounts. Transfers are accepted at once and booked in the background, each with the
// document that it is based on.
//
// Leak on purpose: a transfer locks the account it comes from and then the one it goes to. Two transfers in opposite
// directions wait for each other, and all others that touch these accounts wait behind them.
package main

import (
	"encoding/json"
	"expvar"
	"fmt"
	"net/http"

	"example.com/hemostat-lab/internal/service"
)

var (
	acceptedTotal = expvar.NewInt("transfers_accepted_total")
	bookedTotal   = expvar.NewInt("transfers_booked_total")
)

const accountCount = 12

func main() {
	env := service.New(service.Defaults{Name: "ledger", Rate: 30})
	l := newLedger(accountCount)
	http.HandleFunc("/transfer", l.handleTransfer)
	env.Drive(8, func(ev service.Event) {
		from := ev.Rand.Intn(accountCount)
		to := (from + 1 + ev.Rand.Intn(accountCount-1)) % accountCount
		env.Post(fmt.Sprintf("/transfer?from=%d&to=%d", from, to), service.Words(ev.Rand, 22000+ev.Rand.Intn(2000)))
		// The other half of a swap follows at once.
		if ev.N%4 == 0 {
			env.Post(fmt.Sprintf("/transfer?from=%d&to=%d", to, from), service.Words(ev.Rand, 22000+ev.Rand.Intn(2000)))
		}
	})
	env.Serve()
}

func (l *ledger) handleTransfer(w http.ResponseWriter, r *http.Request) {
	var from, to int
	query := r.URL.Query()
	if _, err := fmt.Sscan(query.Get("from")+" "+query.Get("to"), &from, &to); err != nil {
		http.Error(w, "from and to must be accounts", http.StatusBadRequest)
		return
	}
	if from == to || !l.has(from) || !l.has(to) {
		http.Error(w, "from and to must be two accounts of this ledger", http.StatusNotFound)
		return
	}
	doc, err := readDocument(http.MaxBytesReader(w, r.Body, documentSize))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	acceptedTotal.Add(1)
	go l.transfer(from, to, 100, doc)
	w.WriteHeader(http.StatusAccepted)
	if err := json.NewEncoder(w).Encode(map[string]int64{"accepted": acceptedTotal.Value()}); err != nil {
		return // the bank went away
	}
}
