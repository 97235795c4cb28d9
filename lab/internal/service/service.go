// Package service is the plumbing that every lab service shares: flags, the listener with the stock profile endpoints,
// paced deterministic load, and an end of life. Nothing in here leaks.
package service

import (
	_ "expvar" // serves /debug/vars
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof" // serves /debug/pprof/
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/hemostat-lab/internal/hemostat"
)

// Defaults are what a service does when no flag says otherwise.
type Defaults struct {
	Name string
	// Rate is events per second; what an event is, the service says.
	Rate float64
	// Life is how long the process runs; 0 means ten minutes. Services that leak megabytes per second set less.
	Life time.Duration
}

// Env is one running service.
type Env struct {
	Name string
	Rate float64
	Seed int64
	// URL is the service's own address, e.g. http://127.0.0.1:41873, for load that it sends to itself.
	URL string
	// Client keeps enough idle connections for every load worker.
	Client *http.Client

	life     time.Duration
	loadFor  time.Duration
	listener net.Listener
}

// New reads the flags and opens the listener. It ends the process when either fails.
func New(d Defaults) *Env {
	if d.Life == 0 {
		d.Life = 10 * time.Minute
	}
	log.SetFlags(log.Ltime)
	log.SetPrefix(d.Name + " ")
	addr := flag.String("addr", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	rate := flag.Float64("rate", d.Rate, "events per second that the service sends to itself")
	life := flag.Duration("life", d.Life, "exit by itself after this long")
	seed := flag.Int64("seed", 1, "seed of the load generator")
	loadFor := flag.Duration("load-for", 0, "end the load after this long; 0 is never")
	token := flag.String("probe-token", "", "mount hemostat's probe at /debug/hemostat/ for whoever has this token, 16 characters or more; without the flag $HEMOSTAT_PROBE_TOKEN")
	race := flag.Bool("probe-accept-race", false, "let the probe dump on Go 1.26 and newer too, which can end the process")
	flag.Parse()
	if *rate <= 0 || *life <= 0 {
		log.Fatal("-rate and -life must be above zero")
	}
	if *token == "" {
		*token = os.Getenv("HEMOSTAT_PROBE_TOKEN")
	}
	if *token != "" {
		http.Handle("/debug/hemostat/", hemostat.Handler(hemostat.Options{Token: *token, AcceptRaceSinceGo126: *race}))
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	return &Env{
		Name:     d.Name,
		Rate:     *rate,
		Seed:     *seed,
		URL:      "http://" + listener.Addr().String(),
		Client:   &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
		life:     *life,
		loadFor:  *loadFor,
		listener: listener,
	}
}

// Serve answers requests until the end of life or an interrupt, then ends the process with status 0.
func (e *Env) Serve() {
	server := &http.Server{Handler: http.DefaultServeMux, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(e.listener) }()
	fmt.Fprintf(os.Stderr, "listening on %s\n", e.URL)

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	select {
	case err := <-failed:
		log.Fatal(err)
	case <-time.After(e.life):
	case <-stop:
	}
	os.Exit(0)
}
