// Bookings asks airlines whether a seat is free. Questions go out in batches; answers come back later, each with the number
// of its question, and are handed to the goroutine that waits for it.
//
// Leak on purpose: a question that an airline never answers stays in the table of open questions, which is a package
// variable, and its goroutine goes on waiting. Since the table still has the channel, an answer could come as far as
// anybody can see: no heap dump can prove this leak.
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
	askedTotal    = expvar.NewInt("questions_total")
	answeredTotal = expvar.NewInt("answers_total")
	batchesTotal  = expvar.NewInt("batches_total")
)

func main() {
	env := service.New(service.Defaults{Name: "bookings", Rate: 60})
	go line.run()
	http.HandleFunc("/seat", handleSeat)
	env.Drive(8, func(ev service.Event) {
		env.Post(fmt.Sprintf("/seat?flight=%d&row=%d", ev.Rand.Intn(800), 1+ev.Rand.Intn(40)), nil)
	})
	env.Serve()
}

func handleSeat(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	flight, err := strconv.Atoi(query.Get("flight"))
	if err != nil || flight < 0 {
		http.Error(w, "flight must be a number", http.StatusBadRequest)
		return
	}
	row, err := strconv.Atoi(query.Get("row"))
	if err != nil || row < 1 || row > 60 {
		http.Error(w, "row must be 1 to 60", http.StatusBadRequest)
		return
	}
	q := newQuestion(flight, row)
	go q.await()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	if err := json.NewEncoder(w).Encode(map[string]uint64{"question": q.number}); err != nil {
		return // the traveller went away
	}
}
