// Package renderreply answers twice when rendering fails.
package renderreply

import "errors"

type reply struct {
	html string
	err  error
}

var errEmpty = errors.New("empty template")

func Render(template string, fill func(string) string) (string, error) {
	replies := make(chan reply)
	go func() {
		if template == "" {
			replies <- reply{err: errEmpty}
		}
		replies <- reply{html: fill(template)} // leak: chan-double-send
	}()
	r := <-replies
	return r.html, r.err
}

// Repaired.

func RenderRepaired(template string, fill func(string) string) (string, error) {
	replies := make(chan reply)
	go func() {
		if template == "" {
			replies <- reply{err: errEmpty}
			return
		}
		replies <- reply{html: fill(template)}
	}()
	r := <-replies
	return r.html, r.err
}
