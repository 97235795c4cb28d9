// Package sessions stores sessions that nobody takes out.
package sessions

import (
	"net/http"
	"sync"
	"time"
)

type session struct {
	user  string
	start time.Time
}

var live, tracked sync.Map

func Login(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("X-Request-Id")
	live.Store(id, &session{r.FormValue("user"), time.Now()}) // leak: global-unbounded
}

func Who(id string) string {
	if s, ok := live.Load(id); ok {
		return s.(*session).user
	}
	return ""
}

// Repaired.

func LoginRepaired(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("X-Request-Id")
	tracked.Store(id, &session{r.FormValue("user"), time.Now()})
}

func LogoutRepaired(w http.ResponseWriter, r *http.Request) {
	tracked.Delete(r.Header.Get("X-Request-Id"))
}
