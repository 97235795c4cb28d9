// Visits counts page views of a shop. The edge sends them in batches; the dashboard asks who was there.
//
// Leak on purpose: visits are kept by visitor in a package-level map and nothing ever takes one out.
package main

import (
	"encoding/json"
	"expvar"
	"net/http"
	"sync"
	"time"

	"example.com/hemostat-lab/internal/service"
)

var (
	viewsTotal   = expvar.NewInt("views_total")
	batchesTotal = expvar.NewInt("batches_total")
)

// pageView is what the edge knows of one request for a page.
type pageView struct {
	Visitor  string `json:"visitor"`
	Page     string `json:"page"`
	Referrer string `json:"referrer"`
	Millis   int64  `json:"millis"`
}

func main() {
	// One event is a batch of viewsPerBatch views.
	env := service.New(service.Defaults{Name: "visits", Rate: 20})
	http.HandleFunc("/views", handleViews)
	http.HandleFunc("/visitors", handleVisitors)
	env.Drive(4, func(ev service.Event) {
		env.Post("/views", makeBatch(ev))
		if ev.N%40 == 39 {
			env.Get("/visitors")
		}
	})
	env.Serve()
}

func handleViews(w http.ResponseWriter, r *http.Request) {
	var batch []pageView
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&batch); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	now := time.Now()
	for i := range batch {
		record(&batch[i], now)
	}
	batchesTotal.Add(1)
	viewsTotal.Add(int64(len(batch)))
	w.WriteHeader(http.StatusNoContent)
}

func handleVisitors(w http.ResponseWriter, _ *http.Request) {
	summary := summarize(time.Now().Add(-5 * time.Minute))
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(summary); err != nil {
		return // the dashboard went away
	}
}

// visit is kept in the map by value: 104 bytes.
type visit struct {
	first, last time.Time
	views       int64
	millis      int64
	referrer    [24]byte
	// trail holds the pages of the visit, newest last.
	trail []byte
}

// trailSize is enough for the pages of a usual visit.
const trailSize = 480

var (
	visitsMu sync.Mutex
	// visits by visitor, of which most never come back.
	visits = map[string]visit{}
)

// record adds one page view to its visit.
func record(v *pageView, now time.Time) {
	visitsMu.Lock()
	defer visitsMu.Unlock()
	seen, ok := visits[v.Visitor]
	if !ok {
		seen.first = now
		seen.trail = make([]byte, 0, trailSize)
		copy(seen.referrer[:], v.Referrer)
	}
	seen.last = now
	seen.views++
	seen.millis += v.Millis
	if len(seen.trail)+len(v.Page)+1 <= cap(seen.trail) {
		seen.trail = append(seen.trail, v.Page...)
		seen.trail = append(seen.trail, ' ')
	}
	visits[v.Visitor] = seen
}

// summary is what the dashboard shows.
type summary struct {
	Visitors int   `json:"visitors"`
	Recent   int   `json:"recent"`
	Views    int64 `json:"views"`
}

func summarize(since time.Time) summary {
	visitsMu.Lock()
	defer visitsMu.Unlock()
	s := summary{Visitors: len(visits)}
	// A sample is good enough for "recent"; the map may be large.
	looked := 0
	for _, v := range visits {
		if v.last.After(since) {
			s.Recent++
		}
		s.Views += v.views
		if looked++; looked == 1000 {
			break
		}
	}
	return s
}
