// Package registry is filled in init and by packages that register themselves.
package registry

import (
	"net/http"
	"sync"
)

type Codec interface{ Name() string }

var (
	mu     sync.RWMutex
	codecs = map[string]Codec{}
	routes []string
	once   sync.Once
	table  map[string]int
)

func init() {
	routes = append(routes, "/", "/health")
}

func Register(c Codec) {
	mu.Lock()
	defer mu.Unlock()
	codecs[c.Name()] = c
}

func Lookup(w http.ResponseWriter, r *http.Request) {
	once.Do(func() {
		table = map[string]int{}
		for i, route := range routes {
			table[route] = i
		}
	})
	mu.RLock()
	defer mu.RUnlock()
	if _, ok := codecs[r.FormValue("codec")]; !ok {
		http.NotFound(w, r)
	}
}
