// Package flags leaves its loop with a response only when its flag says so.
package flags

import (
	"errors"
	"io"
	"net/http"
)

func try(client *http.Client, req *http.Request, tries int) error {
	var (
		resp *http.Response
		err  error
	)
	success := false
	for i := 0; i < tries; i++ {
		resp, err = client.Do(req)
		if err != nil {
			continue
		}
		if resp.StatusCode != http.StatusOK {
			resp.Body.Close()
			continue
		}
		success = true
		break
	}
	if !success {
		return errors.New("out of tries")
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// forgotten returns with the body open where it is not found.
func forgotten(client *http.Client, req *http.Request) error {
	found := false
	resp, err := client.Do(req) // want `resp.Body from client.Do is not closed when the function returns on line \d+`
	if err != nil {
		return err
	}
	if resp.StatusCode == http.StatusOK {
		found = true
	}
	if !found {
		return errors.New("not found")
	}
	return resp.Body.Close()
}

type log struct {
	next http.RoundTripper
}

func (l *log) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(req)
	if err == nil {
		body := resp.Body
		resp.Body = nil
		resp.Write(io.Discard)
		resp.Body = io.NopCloser(body)
	}
	return resp, err
}
