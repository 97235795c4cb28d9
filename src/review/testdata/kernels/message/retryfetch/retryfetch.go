// Package retryfetch starts another attempt when the last one takes too long.
package retryfetch

import (
	"errors"
	"time"
)

func Fetch(get func() ([]byte, error)) ([]byte, error) {
	got := make(chan []byte)
	for attempt := 0; attempt < 3; attempt++ {
		go func() {
			if data, err := get(); err == nil {
				got <- data // leak: chan-send-abandoned|chan-first-wins
			}
		}()
		select {
		case data := <-got:
			return data, nil
		case <-time.After(time.Duration(attempt+1) * time.Second):
		}
	}
	return nil, errors.New("three attempts failed")
}

// Repaired.

func FetchRepaired(get func() ([]byte, error)) ([]byte, error) {
	got := make(chan []byte, 3)
	for attempt := 0; attempt < 3; attempt++ {
		go func() {
			if data, err := get(); err == nil {
				got <- data
			}
		}()
		select {
		case data := <-got:
			return data, nil
		case <-time.After(time.Duration(attempt+1) * time.Second):
		}
	}
	return nil, errors.New("three attempts failed")
}
