// Relay forwards messages between message formats. A session has the buffers for one message and is pooled; a finalizer
// is to make sure that a session which got lost gives its slot back.
//
// Leak on purpose: session and codec point at each other. An object with a finalizer in a cycle is never collected, so
// each session that is not put back (a message that could not be forwarded) or that the pool drops stays for ever.
package main

import (
	"expvar"
	"fmt"
	"net/http"

	"example.com/hemostat-lab/internal/service"
)

var (
	messagesTotal = expvar.NewInt("messages_total")
	rejectedTotal = expvar.NewInt("messages_rejected_total")
)

func main() {
	env := service.New(service.Defaults{Name: "relay", Rate: 80})
	rel := newRelay()
	http.HandleFunc("/message", rel.handleMessage)
	env.Drive(8, func(ev service.Event) {
		message := service.Words(ev.Rand, 20000+ev.Rand.Intn(12000))
		if ev.Rand.Intn(3) == 0 {
			message[len(message)/2] = 0 // not text
		}
		env.Post("/message", message)
	})
	env.Serve()
}

func (rel *relay) handleMessage(w http.ResponseWriter, r *http.Request) {
	messagesTotal.Add(1)
	n, err := rel.forward(http.MaxBytesReader(w, r.Body, bufferSize))
	if err != nil {
		rejectedTotal.Add(1)
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	fmt.Fprintf(w, "%d\n", n)
}
