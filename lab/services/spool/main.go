// Spool prints labels for a warehouse. Each job is a queue between the goroutine that fetches its labels and the one that
// feeds the printer; who finds the queue empty waits on a condition.
//
// Leak on purpose: when fetching fails, the job is marked as failed without waking the printer's side, which has found the
// queue empty and waits on the condition for good.
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
	jobsTotal   = expvar.NewInt("jobs_total")
	labelsTotal = expvar.NewInt("labels_printed_total")
	failedTotal = expvar.NewInt("jobs_failed_total")
)

func main() {
	env := service.New(service.Defaults{Name: "spool", Rate: 60})
	http.HandleFunc("/job", handleJob)
	env.Drive(8, func(ev service.Event) {
		env.Post(fmt.Sprintf("/job?shelf=%d&labels=%d", ev.Rand.Intn(500), 1+ev.Rand.Intn(12)), nil)
	})
	env.Serve()
}

func handleJob(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	shelf, err := strconv.Atoi(query.Get("shelf"))
	if err != nil || shelf < 0 {
		http.Error(w, "shelf must be a number", http.StatusBadRequest)
		return
	}
	labels, err := strconv.Atoi(query.Get("labels"))
	if err != nil || labels < 1 || labels > 100 {
		http.Error(w, "labels must be 1 to 100", http.StatusBadRequest)
		return
	}
	jobsTotal.Add(1)
	j := newJob(shelf, labels)
	go j.fetch()
	go j.print()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	if err := json.NewEncoder(w).Encode(map[string]int64{"job": jobsTotal.Value()}); err != nil {
		return // the scanner went away
	}
}
