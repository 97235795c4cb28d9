// Sessions keeps who is logged in. The web servers open sessions over an internal queue and ask for them over HTTP.
//
// Leak on purpose: sessions sit in a sync.Map and only leave it when the user logs out, which hardly anyone does; the
// time of expiry is stored and never looked at.
package main

import (
	"expvar"
	"fmt"
	"net/http"

	"example.com/hemostat-lab/internal/service"
)

var (
	loginsTotal  = expvar.NewInt("logins_total")
	logoutsTotal = expvar.NewInt("logouts_total")
)

func main() {
	env := service.New(service.Defaults{Name: "sessions", Rate: 2500})
	r := &registry{}
	http.HandleFunc("/whoami", r.handleWhoami)
	env.Drive(4, func(ev service.Event) {
		token := r.open(fmt.Sprintf("user%07d", ev.Rand.Intn(5_000_000)), uint64(ev.N))
		switch {
		case ev.N%25 == 0:
			r.logout(token)
		case ev.N%100 == 50:
			env.Get("/whoami?token=" + token)
		}
	})
	env.Serve()
}

func (r *registry) handleWhoami(w http.ResponseWriter, req *http.Request) {
	s, ok := r.find(req.URL.Query().Get("token"))
	if !ok {
		http.Error(w, "not logged in", http.StatusUnauthorized)
		return
	}
	fmt.Fprintln(w, s.user)
}
