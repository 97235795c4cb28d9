// Catalog serves article pages from a database behind a cache of bounded size.
//
// Nothing leaks: after the start the cache fills for some seconds, which looks like a leak, and then stays as it is.
package main

import (
	"expvar"
	"fmt"
	"net/http"
	"strconv"

	"example.com/hemostat-lab/internal/service"
)

var (
	pagesTotal = expvar.NewInt("pages_total")
	hitsTotal  = expvar.NewInt("cache_hits_total")
	cached     = expvar.NewInt("cache_entries")
)

const (
	articleCount = 20000
	// cacheSize entries of 32 KiB are 40 MiB; at 250 pages per second they are there after some 5 seconds.
	cacheSize = 1280
)

func main() {
	env := service.New(service.Defaults{Name: "catalog", Rate: 250})
	c := &catalog{cache: newLRU(cacheSize)}
	http.HandleFunc("/article", c.handleArticle)
	env.Drive(8, func(ev service.Event) {
		env.Get(fmt.Sprintf("/article?id=%d", ev.Rand.Intn(articleCount)))
	})
	env.Serve()
}

type catalog struct {
	cache *lru
}

func (c *catalog) handleArticle(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.URL.Query().Get("id"))
	if err != nil || id < 0 || id >= articleCount {
		http.Error(w, "no such article", http.StatusNotFound)
		return
	}
	pagesTotal.Add(1)
	page, ok := c.cache.get(id)
	if ok {
		hitsTotal.Add(1)
	} else {
		page = render(id)
		cached.Set(int64(c.cache.put(id, page)))
	}
	// Only the part above the fold is sent at first.
	if _, err := w.Write(page.html[:page.fold]); err != nil {
		return // the customer went away
	}
}
