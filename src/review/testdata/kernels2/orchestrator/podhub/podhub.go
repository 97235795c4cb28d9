package podhub

import "sync"

type event struct {
	kind string
	uid  string
}

type watcher struct {
	hub    *hub
	result chan event
	done   chan struct{}
}

type hub struct {
	mu       sync.Mutex
	watchers map[*watcher]bool
}

func newHub() *hub { return &hub{watchers: map[*watcher]bool{}} }

func (h *hub) watch() *watcher {
	w := &watcher{hub: h, result: make(chan event), done: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watchers[w] = true
	return w
}

// publish hands the event to each watcher in turn.
func (h *hub) publish(e event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		w.result <- e // leak: none-yet
	}
}

func (w *watcher) stop() {
	close(w.done)
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	delete(w.hub.watchers, w)
}

// WaitForDeletion returns once the pod has been deleted.
func WaitForDeletion(uid string, events []string) bool {
	h := newHub()
	w := h.watch()
	go func() {
		for _, kind := range events {
			h.publish(event{kind: kind, uid: uid})
		}
		h.publish(event{kind: "deleted", uid: uid})
	}()
	deleted := false
	for e := range w.result {
		if e.uid == uid && e.kind == "deleted" {
			deleted = true
			break
		}
		if e.kind == "error" {
			break
		}
	}
	w.stop()
	return deleted
}
