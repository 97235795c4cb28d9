// Package decodehelper hands the body to a helper that reads it and does not close it.
package decodehelper

import (
	"encoding/json"
	"io"
	"net/http"
)

func decode[T any](r io.Reader) (v T, err error) {
	err = json.NewDecoder(r).Decode(&v)
	return v, err
}

func Rates(url string) (map[string]float64, error) {
	resp, err := http.Get(url) // leak: body-not-closed
	if err != nil {
		return nil, err
	}
	return decode[map[string]float64](resp.Body)
}

// Repaired.

func RatesRepaired(url string) (map[string]float64, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return decode[map[string]float64](resp.Body)
}
