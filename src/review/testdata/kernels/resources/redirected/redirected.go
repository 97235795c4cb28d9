// Package redirected asks a second time and forgets the first answer.
package redirected

import "net/http"

func Head(url string) (http.Header, error) {
	resp, err := http.Get(url) // leak: body-not-closed
	if err != nil {
		return nil, err
	}
	if next := resp.Header.Get("X-Moved"); next != "" {
		resp, err = http.Get(next)
		if err != nil {
			return nil, err
		}
	}
	defer resp.Body.Close()
	return resp.Header, nil
}

// Repaired.

func HeadRepaired(url string) (http.Header, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	if next := resp.Header.Get("X-Moved"); next != "" {
		resp.Body.Close()
		resp, err = http.Get(next)
		if err != nil {
			return nil, err
		}
	}
	defer resp.Body.Close()
	return resp.Header, nil
}
