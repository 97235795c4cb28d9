// Package statusonly wants nothing but the status.
package statusonly

import (
	"net/http"
	"strings"
)

type Hook struct {
	Client *http.Client
	URL    string
}

func (h *Hook) Fire(payload string) (int, error) {
	resp, err := h.Client.Post(h.URL, "text/plain", strings.NewReader(payload)) // leak: body-not-closed
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}

func (h *Hook) Alive() bool {
	_, err := h.Client.Get(h.URL) // leak: body-not-closed
	return err == nil
}

// Repaired.

type HookRepaired struct {
	Client *http.Client
	URL    string
}

func (h *HookRepaired) Fire(payload string) (int, error) {
	resp, err := h.Client.Post(h.URL, "text/plain", strings.NewReader(payload))
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	return resp.StatusCode, nil
}
