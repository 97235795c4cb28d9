// Package lru is a global cache with a limit.
package lru

import (
	"container/list"
	"net/http"
	"sync"
)

type entry struct {
	key  string
	body []byte
}

var (
	mu    sync.Mutex
	byKey = map[string]*list.Element{}
	order = list.New()
)

const maxEntries = 512

func Handle(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	if el, ok := byKey[r.URL.Path]; ok {
		order.MoveToFront(el)
		w.Write(el.Value.(*entry).body)
		return
	}
	byKey[r.URL.Path] = order.PushFront(&entry{r.URL.Path, []byte(r.URL.Path)})
	for order.Len() > maxEntries {
		last := order.Back()
		order.Remove(last)
		delete(byKey, last.Value.(*entry).key)
	}
}
