// Package globals has package-level maps and slices that are bounded, by one thing or another.
package globals

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"
)

var (
	mu       sync.Mutex
	byType   sync.Map
	queue    []string
	sessions = map[string]time.Time{}
	statuses = map[int]int{}
	ring     [256]string
	at       int
	shards   [16]map[string]int
	methods  = map[string]int{http.MethodGet: 0, http.MethodPost: 0}
	window   []time.Time
	current  = map[string]int{}
	hooks    []func()
	allowed  = map[string]bool{}
	pending  = map[string]chan struct{}{}
)

// Describe caches by type, of which a program has so many.
func Describe(w http.ResponseWriter, r *http.Request, v any) {
	t := reflect.TypeOf(v)
	d, ok := byType.Load(t)
	if !ok {
		d, _ = byType.LoadOrStore(t, t.String())
	}
	fmt.Fprint(w, d)
}

func Enqueue(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	queue = append(queue, r.URL.Path)
	mu.Unlock()
}

func flush(send func([]string)) {
	mu.Lock()
	batch := queue
	queue = nil
	mu.Unlock()
	send(batch)
}

func Login(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	sessions[r.FormValue("id")] = time.Now()
}

func Expire(limit time.Duration) {
	mu.Lock()
	defer mu.Unlock()
	for id, t := range sessions {
		if time.Since(t) > limit {
			delete(sessions, id)
		}
	}
}

func Record(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	ring[at%len(ring)] = r.URL.Path
	at++
	if _, ok := methods[r.Method]; ok {
		methods[r.Method]++
	}
	statuses[http.StatusOK]++
}

func Limit(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	now := time.Now()
	for len(window) > 0 && now.Sub(window[0]) > time.Minute {
		window = window[1:]
	}
	if len(window) >= 100 {
		http.Error(w, "slow down", http.StatusTooManyRequests)
		return
	}
	window = append(window, now)
}

func CountHost(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	current[strings.ToLower(r.Host)]++
	mu.Unlock()
}

func rotate() map[string]int {
	mu.Lock()
	defer mu.Unlock()
	old := current
	current = make(map[string]int)
	return old
}

func OnExit(f func()) { hooks = append(hooks, f) }

func Configure(hosts []string) {
	for _, h := range hosts {
		allowed[h] = true
	}
}

func Wait(w http.ResponseWriter, r *http.Request) {
	key := r.FormValue("key")
	ch := make(chan struct{})
	mu.Lock()
	pending[key] = ch
	mu.Unlock()
	defer func() {
		mu.Lock()
		delete(pending, key)
		mu.Unlock()
	}()
	select {
	case <-ch:
	case <-r.Context().Done():
	}
}

func init() {
	for i := range shards {
		shards[i] = map[string]int{}
	}
	go func() {
		for {
			time.Sleep(time.Minute)
			flush(func([]string) {})
			Expire(time.Hour)
			rotate()
		}
	}()
}
