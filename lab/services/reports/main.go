// Reports prepares price lists for the sales team. A list has to be approved by the editor before it is published.
//
// Leak on purpose: rejecting a report takes it off the desk and forgets the goroutine that waits for the decision. That
// goroutine closes over the whole report (10 MB) though it only needs its title.
package main

import (
	"encoding/json"
	"expvar"
	"fmt"
	"log"
	"net/http"
	"strconv"
	"sync"
	"time"

	"example.com/hemostat-lab/internal/service"
)

var (
	submittedTotal = expvar.NewInt("reports_submitted_total")
	publishedTotal = expvar.NewInt("reports_published_total")
)

func main() {
	// 0.5 reports of 10 MB per second, two in ten approved: 4 MB/s, so three minutes are enough.
	env := service.New(service.Defaults{Name: "reports", Rate: 0.5, Life: 3 * time.Minute})
	d := &desk{waiting: map[int]chan bool{}}
	http.HandleFunc("/reports", d.handleSubmit)
	http.HandleFunc("/approve", d.handleApprove)
	http.HandleFunc("/reject", d.handleReject)
	env.Drive(2, func(ev service.Event) {
		id := ev.N + 1
		env.Post(fmt.Sprintf("/reports?id=%d", id), nil)
		if id%5 == 0 {
			env.Post(fmt.Sprintf("/approve?id=%d", id), nil)
		} else {
			env.Post(fmt.Sprintf("/reject?id=%d", id), nil)
		}
	})
	env.Serve()
}

// desk keeps the reports that wait for the editor.
type desk struct {
	mu      sync.Mutex
	waiting map[int]chan bool
	titles  []string
}

func (d *desk) handleSubmit(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.URL.Query().Get("id"))
	if err != nil {
		http.Error(w, "id is not a number", http.StatusBadRequest)
		return
	}
	d.submit(buildReport(id))
	submittedTotal.Add(1)
	w.WriteHeader(http.StatusAccepted)
}

func (d *desk) handleApprove(w http.ResponseWriter, r *http.Request) {
	id, decision := d.take(w, r)
	if decision == nil {
		return
	}
	decision <- true
	if err := json.NewEncoder(w).Encode(map[string]int{"approved": id}); err != nil {
		log.Print(err)
	}
}

// handleReject only clears the desk.
func (d *desk) handleReject(w http.ResponseWriter, r *http.Request) {
	if _, decision := d.take(w, r); decision != nil {
		w.WriteHeader(http.StatusNoContent)
	}
}

// take takes a report off the desk. It answers itself, and returns a nil channel, where there is no such report.
func (d *desk) take(w http.ResponseWriter, r *http.Request) (int, chan<- bool) {
	id, err := strconv.Atoi(r.URL.Query().Get("id"))
	if err != nil {
		http.Error(w, "id is not a number", http.StatusBadRequest)
		return 0, nil
	}
	d.mu.Lock()
	decision, ok := d.waiting[id]
	delete(d.waiting, id)
	d.mu.Unlock()
	if !ok {
		http.Error(w, "no such report", http.StatusNotFound)
		return 0, nil
	}
	return id, decision
}

// submit puts the report on the editor's desk and returns at once.
func (d *desk) submit(rep *report) {
	decision := make(chan bool)
	d.mu.Lock()
	d.waiting[rep.id] = decision
	d.mu.Unlock()

	go func() {
		if approved := <-decision; approved {
			d.publish(rep.title)
		}
	}()
}

func (d *desk) publish(title string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.titles = append(d.titles, title)
	if len(d.titles) > 20 {
		d.titles = d.titles[1:]
	}
	publishedTotal.Add(1)
}
