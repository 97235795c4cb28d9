// Indexer collects product documents and pushes them in bulk to a search engine over HTTP. The engine is part of this
// process, on a listener of its own.
//
// Leak on purpose: the engine's answer is neither read nor closed, so its connection can never be used again: two
// goroutines, one file descriptor and the request with its documents for every push.
package main

import (
	"expvar"
	"log"
	"net/http"
	"sync"

	"example.com/hemostat-lab/internal/service"
)

var (
	documentsTotal = expvar.NewInt("documents_total")
	pushesTotal    = expvar.NewInt("pushes_total")
	failedTotal    = expvar.NewInt("pushes_failed_total")
)

// bulkSize documents go into one push.
const bulkSize = 24

func main() {
	// 360 documents per second are 15 pushes of 48 KB.
	env := service.New(service.Defaults{Name: "indexer", Rate: 360})
	engine, err := startEngine()
	if err != nil {
		log.Fatal(err)
	}
	ix := newIndexer(engine)
	http.HandleFunc("/pending", ix.handlePending)
	env.Drive(2, func(ev service.Event) {
		ix.add(document{ID: ev.N, Body: service.Words(ev.Rand, 2000)})
	})
	env.Serve()
}

type document struct {
	ID   int
	Body []byte
}

// indexer gathers documents until a bulk is full.
type indexer struct {
	engine string
	client *http.Client

	mu      sync.Mutex
	pending []document
}

func newIndexer(engine string) *indexer {
	return &indexer{
		engine: engine,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}},
	}
}

func (ix *indexer) add(d document) {
	documentsTotal.Add(1)
	ix.mu.Lock()
	ix.pending = append(ix.pending, d)
	var bulk []document
	if len(ix.pending) >= bulkSize {
		bulk, ix.pending = ix.pending, nil
	}
	ix.mu.Unlock()
	if bulk == nil {
		return
	}
	if err := ix.push(bulk); err != nil {
		failedTotal.Add(1)
		if failedTotal.Value()%100 == 1 {
			log.Print(err)
		}
	}
}
