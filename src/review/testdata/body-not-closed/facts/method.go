package facts

import (
	"net/http"

	"fixture/body-not-closed/facts/httpx"
)

func method(client *httpx.Client, req *http.Request) int {
	resp, err := client.Do(req) // want "resp.Body from client.Do is never closed"
	if err != nil {
		return 0
	}
	return resp.StatusCode
}

// Another type may have another Do, and give anything.
func behindInterface(client httpx.Doer, req *http.Request) int {
	resp, err := client.Do(req)
	if err != nil {
		return 0
	}
	return resp.StatusCode
}

func named(url string) int {
	resp, err := httpx.Named(url)
	if err != nil {
		return 0
	}
	return resp.StatusCode
}
