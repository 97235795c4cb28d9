// Statements prints the account statements of a bank's customers, branch by branch, those of a branch at the same time.
// Buffers are pooled.
//
// Leak on purpose: now and then a customer has a statement a hundred times larger than the others. Its buffer goes back
// into the pool as large as it is, and serves small statements from then on; in time all buffers are large.
package main

import (
	"expvar"
	"fmt"
	"net/http"
	"strconv"

	"example.com/hemostat-lab/internal/service"
)

var (
	runsTotal       = expvar.NewInt("runs_total")
	statementsTotal = expvar.NewInt("statements_total")
)

// customers of a branch have their statements printed at the same time.
const customers = 64

func main() {
	env := service.New(service.Defaults{Name: "statements", Rate: 4})
	p := newPrinter()
	http.HandleFunc("/run", p.handleRun)
	env.Drive(1, func(ev service.Event) {
		env.Post(fmt.Sprintf("/run?branch=%d", ev.N), nil)
	})
	env.Serve()
}

func (p *printer) handleRun(w http.ResponseWriter, r *http.Request) {
	branch, err := strconv.Atoi(r.URL.Query().Get("branch"))
	if err != nil || branch < 0 {
		http.Error(w, "branch must be a number", http.StatusBadRequest)
		return
	}
	printed := p.printAll(branch)
	runsTotal.Add(1)
	fmt.Fprintf(w, "%d bytes\n", printed)
}
