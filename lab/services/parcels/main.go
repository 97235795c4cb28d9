// Parcels follows parcels on their way. A goroutine per parcel waits until the carrier reports the delivery, and then closes
// the file.
//
// Leak on purpose: the channel for the report is made when a courier takes the parcel. A parcel that the customer collects
// never gets one, and its goroutine waits for a channel that is nil.
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
	parcelsTotal   = expvar.NewInt("parcels_total")
	deliveredTotal = expvar.NewInt("parcels_delivered_total")
	collectedTotal = expvar.NewInt("parcels_collected_total")
)

func main() {
	env := service.New(service.Defaults{Name: "parcels", Rate: 60})
	d := newDepot()
	http.HandleFunc("/parcel", d.handleParcel)
	env.Drive(8, func(ev service.Event) {
		way := "courier"
		if ev.Rand.Intn(5) < 2 {
			way = "collect"
		}
		body := service.Words(ev.Rand, 300)
		env.Post(fmt.Sprintf("/parcel?way=%s&route=%d", way, ev.Rand.Intn(30)), body)
	})
	env.Serve()
}

func (d *depot) handleParcel(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	route, err := strconv.Atoi(query.Get("route"))
	if err != nil || route < 0 {
		http.Error(w, "route must be a number", http.StatusBadRequest)
		return
	}
	p := newParcel(parcelsTotal.Value(), route)
	parcelsTotal.Add(1)
	switch way := query.Get("way"); way {
	case "courier":
		d.handOver(p)
	case "collect":
		collectedTotal.Add(1)
	default:
		http.Error(w, fmt.Sprintf("way %q is neither courier nor collect", way), http.StatusBadRequest)
		return
	}
	go p.follow()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	if err := json.NewEncoder(w).Encode(map[string]int64{"parcel": p.number}); err != nil {
		return // the sender went away
	}
}
