// Kiosk prints tickets: a request reads the layout of the ticket from files, now and then asks the till over a connection of
// its own, and answers. It opens files and makes connections all day long, at a steady rate with its ups and downs.
//
// Nothing leaks. With -burst-control it can be told to misbehave for a while, which is what a baseline of its system calls
// is tried with: POST /burst?for=5s&opens=3&connects=4&unseen=1 makes three times as many files opened and four times as
// many connections as usual, and one system call that it never makes otherwise (ptrace, refused by the kernel).
package main

import (
	"expvar"
	"flag"
	"fmt"
	"log"
	"math"
	"net/http"
	"strconv"
	"time"

	"example.com/hemostat-lab/internal/service"
)

var (
	ticketsTotal  = expvar.NewInt("tickets_total")
	layoutsTotal  = expvar.NewInt("layouts_read_total")
	paymentsTotal = expvar.NewInt("payments_total")
	failedTotal   = expvar.NewInt("tickets_failed_total")
	burstsTotal   = expvar.NewInt("bursts_total")
)

func main() {
	control := flag.Bool("burst-control", false, "let whoever can reach the service make it misbehave by POST /burst")
	env := service.New(service.Defaults{Name: "kiosk", Rate: 30})
	p, err := openPrinter()
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/ticket", p.handleTicket)
	if *control {
		http.HandleFunc("/burst", p.burst.handle)
	}
	wave := func(sinceStart time.Duration) float64 {
		// Customers come in waves of eleven seconds, a fifth more or less than on average.
		return env.Rate * (1 + 0.2*math.Sin(2*math.Pi*sinceStart.Seconds()/11))
	}
	env.DriveShaped(8, wave, func(ev service.Event) {
		// One to four files and, for one ticket in three, a payment.
		env.Get(fmt.Sprintf("/ticket?parts=%d&pay=%t", 1+ev.Rand.Intn(4), ev.Rand.Intn(3) == 0))
	})
	env.Serve()
}

func (p *printer) handleTicket(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	parts, err := strconv.Atoi(query.Get("parts"))
	if err != nil || parts < 1 || parts > len(layouts) {
		http.Error(w, fmt.Sprintf("parts must be 1 to %d", len(layouts)), http.StatusBadRequest)
		return
	}
	size, err := p.print(parts, query.Get("pay") == "true")
	if err != nil {
		failedTotal.Add(1)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	ticketsTotal.Add(1)
	fmt.Fprintf(w, "%d bytes\n", size)
}
