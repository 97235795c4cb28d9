// Package openbody hands an open body to its caller.
package openbody

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
)

func Open(url string) (io.ReadCloser, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("%s: %s", url, resp.Status)
	}
	return resp.Body, nil
}

type unzipped struct {
	*gzip.Reader
	under io.Closer
}

func (u *unzipped) Close() error {
	u.Reader.Close()
	return u.under.Close()
}

func OpenZip(url string) (io.ReadCloser, error) {
	body, err := Open(url)
	if err != nil {
		return nil, err
	}
	zr, err := gzip.NewReader(body)
	if err != nil {
		body.Close()
		return nil, err
	}
	return &unzipped{zr, body}, nil
}
