// Deltaprofile asks a server for heap?gc=1 and for heap?seconds=1, with and without gc=1, and sums what comes back.
package main

import (
	"net/http"
	"net/http/httptest"
	_ "net/http/pprof"
	"runtime"
	"runtime/debug"

	"example.com/hemostat-lab/folklore/observe"
)

func main() {
	runtime.MemProfileRate = 4096
	debug.SetGCPercent(-1) // the only collections are those that are asked for
	kept := make([][]byte, 64)
	for i := range kept {
		kept[i] = make([]byte, 1<<20)
	}
	server := httptest.NewServer(http.DefaultServeMux)
	defer server.Close()

	seen := map[string]interface{}{"keptMB": observe.MB(64 << 20)}
	for name, query := range map[string]string{
		"gc=1":           "gc=1",
		"seconds=1":      "seconds=1",
		"gc=1&seconds=1": "gc=1&seconds=1",
	} {
		before := observe.Now().NumGC
		inuse, err := inuseSpace(server.URL + "/debug/pprof/heap?" + query)
		if err != nil {
			observe.Fail(err)
		}
		seen[name] = map[string]interface{}{
			"inuseMB":     float64(inuse/100_000) / 10,
			"collections": observe.Now().NumGC - before,
		}
	}
	runtime.KeepAlive(kept)
	observe.Report(seen)
}
