// Gateway keeps devices in the field connected: meters, pumps, gates. A connection reads what the device reports and
// pings it now and then so that it does not go to sleep.
//
// Leak on purpose: the heartbeat's ticker is never stopped and its goroutine has no way out, so that both outlive the
// connection and keep its buffers.
package main

import (
	"expvar"
	"fmt"
	"net/http"
	"time"

	"example.com/hemostat-lab/internal/service"
)

var (
	connectionsTotal = expvar.NewInt("connections_total")
	reportsTotal     = expvar.NewInt("reports_total")
	openNow          = expvar.NewInt("connections_open")
)

func main() {
	env := service.New(service.Defaults{Name: "gateway", Rate: 25})
	gw := &gateway{heartbeat: 5 * time.Second}
	http.HandleFunc("/device", gw.handleDevice)
	env.Drive(8, func(ev service.Event) {
		env.Post(fmt.Sprintf("/device?id=%d", ev.Rand.Intn(2000)), service.Words(ev.Rand, 2000))
	})
	env.Serve()
}

type gateway struct {
	heartbeat time.Duration
}

// handleDevice serves one connection until the device has said what it had to say.
func (gw *gateway) handleDevice(w http.ResponseWriter, r *http.Request) {
	var id int
	if _, err := fmt.Sscan(r.URL.Query().Get("id"), &id); err != nil {
		http.Error(w, "id is not a number", http.StatusBadRequest)
		return
	}
	connectionsTotal.Add(1)
	openNow.Add(1)
	defer openNow.Add(-1)
	c := gw.connect(id)
	defer c.close()
	n, err := c.serve(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	reportsTotal.Add(int64(n))
	fmt.Fprintf(w, "%d reports\n", n)
}
