// Alerts tells customers when an article becomes cheaper. Each alert is a goroutine that follows its article; prices come
// through a board, to which alerts are added and from which they are removed.
//
// Leak on purpose: removing an alert takes its channels off the board and forgets them. The goroutine goes on waiting for
// the next price or a new threshold, and has no third case that would tell it to end.
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
	addedTotal   = expvar.NewInt("alerts_added_total")
	removedTotal = expvar.NewInt("alerts_removed_total")
	sentTotal    = expvar.NewInt("alerts_sent_total")
)

// articles are on the board, each with at most openPerArticle alerts.
const (
	articles       = 40
	openPerArticle = 5
)

func main() {
	env := service.New(service.Defaults{Name: "alerts", Rate: 50})
	b := newBoard(articles)
	http.HandleFunc("/alert", b.handleAlert)
	http.HandleFunc("/price", b.handlePrice)
	env.Drive(8, func(ev service.Event) {
		article := ev.Rand.Intn(articles)
		env.Post(fmt.Sprintf("/alert?article=%d&below=%d", article, 1000+ev.Rand.Intn(9000)), nil)
		if ev.N%4 == 0 {
			env.Post(fmt.Sprintf("/price?article=%d&cents=%d", article, 5000+ev.Rand.Intn(9000)), nil)
		}
	})
	env.Serve()
}

func (b *board) handleAlert(w http.ResponseWriter, r *http.Request) {
	article, below, err := articleAnd(r, "below")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	b.add(article, below)
	addedTotal.Add(1)
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(map[string]int{"article": article, "below": below}); err != nil {
		return // the customer went away
	}
}

func (b *board) handlePrice(w http.ResponseWriter, r *http.Request) {
	article, cents, err := articleAnd(r, "cents")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, "%d alerts follow\n", b.publish(article, cents))
}

func articleAnd(r *http.Request, name string) (int, int, error) {
	query := r.URL.Query()
	article, err := strconv.Atoi(query.Get("article"))
	if err != nil || article < 0 || article >= articles {
		return 0, 0, fmt.Errorf("article must be 0 to %d", articles-1)
	}
	number, err := strconv.Atoi(query.Get(name))
	if err != nil {
		return 0, 0, fmt.Errorf("%s must be a number of cents", name)
	}
	return article, number, nil
}
