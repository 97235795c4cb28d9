package open

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

func discarded(client *http.Client, req *http.Request) error {
	_, err := client.Do(req) // want "high: the response of client.Do is thrown away"
	return err
}

func decoded(url string, into any) error {
	resp, err := http.Get(url) // want "high: resp.Body from http.Get is never closed"
	if err != nil {
		return err
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

func read(url string) string {
	resp, err := http.Get(url) // want "never closed"
	if err != nil {
		return ""
	}
	return text(resp)
}

func text(resp *http.Response) string {
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

func oneWay(url string) (*http.Response, error) {
	resp, err := http.Get(url) // want "not closed when the function returns on line 42"
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	return resp, nil
}

func loop(client *http.Client, req *http.Request) int {
	for {
		resp, err := client.Do(req) // want "not closed when the loop comes back to line 49"
		if err != nil {
			continue
		}
		if resp.StatusCode < 500 {
			resp.Body.Close()
			return resp.StatusCode
		}
	}
}

type client struct{ next http.RoundTripper }

func (c client) ping(req *http.Request) bool {
	resp, err := c.next.RoundTrip(req) // want "never closed"
	return err == nil && resp.StatusCode == 200
}

func statusOrError(url string) error {
	resp, err := http.Get(url) // want "not closed when the function returns on line 70"
	if err != nil || resp.StatusCode != 200 {
		return errors.New("no answer")
	}
	return resp.Body.Close()
}

func inClosure(urls []string) func(int) int {
	return func(i int) int {
		resp, err := http.Get(urls[i]) // want "never closed"
		if err != nil {
			return 0
		}
		return resp.StatusCode
	}
}

type api struct{ client *http.Client }

func (a *api) get(url string) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return a.client.Do(req)
}

func (a *api) remove(url string) error {
	resp, err := a.get(url) // want "high: resp.Body from a.get is never closed"
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}
