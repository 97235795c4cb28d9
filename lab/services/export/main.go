// Export writes the changes of a shop's database to files, partition by partition, several times a second. Encoders are
// pooled, because their buffers are large.
//
// Leak on purpose: reset empties the encoder's output but not its trail of written keys. Every use of a pooled encoder
// makes it larger, and an encoder in steady use is never dropped.
package main

import (
	"expvar"
	"fmt"
	"net/http"

	"example.com/hemostat-lab/internal/service"
)

var (
	runsTotal = expvar.NewInt("exports_total")
	rowsTotal = expvar.NewInt("rows_total")
)

// partitions are exported at the same time.
const partitions = 24

func main() {
	env := service.New(service.Defaults{Name: "export", Rate: 4})
	e := newExporter()
	http.HandleFunc("/export", e.handleExport)
	env.Drive(1, func(ev service.Event) {
		env.Post(fmt.Sprintf("/export?run=%d", ev.N), nil)
	})
	env.Serve()
}

func (e *exporter) handleExport(w http.ResponseWriter, r *http.Request) {
	var run int
	if _, err := fmt.Sscan(r.URL.Query().Get("run"), &run); err != nil {
		http.Error(w, "run is not a number", http.StatusBadRequest)
		return
	}
	written := e.exportAll(run)
	runsTotal.Add(1)
	fmt.Fprintf(w, "%d bytes\n", written)
}
