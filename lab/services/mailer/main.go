// Mailer sends campaigns. Every twenty seconds one starts: mails are made much faster than the mail server takes them,
// so they wait, one goroutine each, and then there are none again.
//
// Nothing leaks: each burst drains before the next one.
package main

import (
	"expvar"
	"fmt"
	"net/http"
	"time"

	"example.com/hemostat-lab/internal/service"
)

var (
	mailsTotal = expvar.NewInt("mails_total")
	sentTotal  = expvar.NewInt("mails_sent_total")
	waiting    = expvar.NewInt("mails_waiting")
)

const (
	cycle = 20 * time.Second
	// A burst is over the time of a cycle from burstStart to burstEnd.
	burstStart = 4 * time.Second
	burstEnd   = 7 * time.Second
)

func main() {
	env := service.New(service.Defaults{Name: "mailer", Rate: 320})
	// The server takes 8 mails at a time, 50 ms each: 160 per second, so a burst has drained after six seconds.
	m := newMailer(8, 50*time.Millisecond)
	http.HandleFunc("/waiting", m.handleWaiting)
	env.DriveShaped(2, func(at time.Duration) float64 {
		if in := at % cycle; in >= burstStart && in < burstEnd {
			return env.Rate
		}
		return 2 // the odd password reset
	}, func(ev service.Event) {
		m.submit(fmt.Sprintf("customer%05d@example.com", ev.Rand.Intn(100000)), ev.N)
	})
	env.Serve()
}

func (m *mailer) handleWaiting(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintf(w, "%d\n", waiting.Value())
}
