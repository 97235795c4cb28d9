// Package nothingleft drops responses of which nothing stays, and reads others to the end.
package nothingleft

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
)

func exists(ctx context.Context, client *http.Client, url string) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, "HEAD", url, nil)
	if err != nil {
		return false, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return false, err
	}
	return resp.StatusCode == http.StatusOK, nil
}

func head(client *http.Client, url string) error {
	req, err := http.NewRequest(http.MethodHead, url, nil)
	if err != nil {
		return err
	}
	_, err = client.Do(req)
	return err
}

// get is the same with another method.
func get(client *http.Client, url string) error {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	_, err = client.Do(req) // want `high: the response of client.Do is thrown away`
	return err
}

func dump(req *http.Request, dial func() *http.Transport) error {
	t := dial()
	defer t.CloseIdleConnections()
	_, err := t.RoundTrip(req)
	return err
}

func text(url string) (string, error) {
	resp, err := http.Get(url) // want `medium: resp.Body from http.Get is never closed: read to the end`
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(resp.Body)
	return string(data), err
}

// ok leaves some bodies before they are read.
func ok(url string) (string, error) {
	resp, err := http.Get(url) // want `high: resp.Body from http.Get is never closed: the connection`
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", errors.New(resp.Status)
	}
	data, err := io.ReadAll(resp.Body)
	return string(data), err
}

type logger struct {
	next http.RoundTripper
	to   bytes.Buffer
}

func (l *logger) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(req) // want `medium: resp.Body from l.next.RoundTrip is not closed when the function returns on line \d+: read to the end`
	if err != nil {
		return nil, err
	}
	out, err := httputil.DumpResponse(resp, true)
	if err != nil {
		return nil, err
	}
	l.to.Write(out)
	return resp, nil
}

func shouldRetry(err error) (bool, error) {
	if err == nil {
		return false, nil
	}
	return errors.Is(err, io.ErrUnexpectedEOF), err
}

func upload(client *http.Client, req *http.Request) (bool, error) {
	resp, err := client.Do(req)
	retry, err := shouldRetry(err)
	if retry {
		return true, err
	}
	if err != nil {
		return false, err
	}
	return false, resp.Body.Close()
}

// status is one of a few words that the caller has checked.
func status(word string, client *http.Client, req *http.Request, parse func(*http.Response) error) error {
	resp, err := client.Do(req) // want `medium: resp.Body from client.Do is not closed when the function returns on line \d+`
	if err != nil {
		return err
	}
	switch word {
	case "listener":
		err = parse(resp)
	case "status":
		err = parse(resp)
	}
	return err
}
