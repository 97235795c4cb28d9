package main

import (
	"fmt"
	"sync"
	"time"
)

// session is 416 bytes: who, since when, and the page state that the web servers keep in it.
type session struct {
	user    string
	token   string
	opened  time.Time
	expires time.Time
	state   [320]byte
}

// registry holds the sessions of all web servers.
type registry struct {
	// sessions by token: string to *session.
	sessions sync.Map
}

// open logs the user in and returns the token of the session.
func (r *registry) open(user string, serial uint64) string {
	now := time.Now()
	s := &session{
		user:    user,
		token:   newToken(serial),
		opened:  now,
		expires: now.Add(20 * time.Minute),
	}
	copy(s.state[:], "page=/home;theme=light;cart=empty")
	r.sessions.Store(s.token, s)
	loginsTotal.Add(1)
	return s.token
}

func (r *registry) find(token string) (*session, bool) {
	value, ok := r.sessions.Load(token)
	if !ok {
		return nil, false
	}
	s, ok := value.(*session)
	return s, ok
}

func (r *registry) logout(token string) {
	if _, had := r.sessions.LoadAndDelete(token); had {
		logoutsTotal.Add(1)
	}
}

// newToken is unique, not secret: a lab has no attackers.
func newToken(serial uint64) string {
	return fmt.Sprintf("%016x%08x", serial*0x9e3779b97f4a7c15, serial)
}
