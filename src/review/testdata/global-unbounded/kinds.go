package kinds

import (
	"encoding/json"
	"net"
	"net/http"
	"reflect"
	"sync"
)

type event struct{ User, Page string }

type level int

var (
	mu       sync.Mutex
	seen     = map[string]int{}
	log      []event
	sessions sync.Map
	bounded  = map[string]int{}
	recent   []event
	levels   = map[level]int{}
	types    sync.Map
	closed   sync.Map
	fixed    = map[string]int{}
	startup  = map[string]int{}
	shared   = map[string]int{}
	state    = struct {
		sync.Mutex
		users map[string]int
	}{users: map[string]int{}}
	hub = &registry{conns: map[string]net.Conn{}}
)

type registry struct {
	mu    sync.Mutex
	conns map[string]net.Conn
}

func (r *registry) add(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[c.RemoteAddr().String()] = c // want "high: hub.conns grows by c.RemoteAddr\\(\\).String\\(\\)"
}

func serve(c net.Conn) { hub.add(c) }

func Register(name string) { startup[name] = len(startup) }

func init() { Register("a") }

func handle(w http.ResponseWriter, r *http.Request) {
	var events []event
	if err := json.NewDecoder(r.Body).Decode(&events); err != nil {
		return
	}
	for i := range events {
		record(&events[i])
	}
	log = append(log, events...)               // want "high: log grows with each request"
	sessions.Store(r.URL.Query().Get("id"), 1) // want "high: sessions grows by r.URL"
	state.users[r.RemoteAddr]++                // want "high: state.users grows"
	if len(bounded) < 100 {
		bounded[r.RemoteAddr]++
	}
	recent = append(recent, events...)
	if len(recent) > 10 {
		recent = recent[1:]
	}
	levels[level(len(events))]++
	types.Store(reflect.TypeOf(events), 1)
	closed.Store(r.RemoteAddr, 1)
	closed.Delete(r.RemoteAddr)
	fixed["requests"]++
	count("errors")
	shared[r.RemoteAddr]++
	trim(shared)
}

func record(e *event) {
	mu.Lock()
	defer mu.Unlock()
	seen[e.User]++ // want "high: seen grows by e.User with each request"
}

func count(name string) { fixed[name]++ }

func trim(m map[string]int) { clear(m) }
