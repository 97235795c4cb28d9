// Package titles keeps a substring of each page.
package titles

import (
	"io"
	"net/http"
	"strings"
)

type Index struct{ titles map[string]string }

func (x *Index) Add(url string, resp *http.Response) error {
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	html := string(page)
	start := strings.Index(html, "<title>") + 7
	end := start + strings.Index(html[start:], "</title>")
	x.titles[url] = html[start:end] // leak: slice-keeps-backing
	return nil
}

// Repaired.

func (x *Index) AddRepaired(url string, resp *http.Response) error {
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	html := string(page)
	start := strings.Index(html, "<title>") + 7
	end := start + strings.Index(html[start:], "</title>")
	x.titles[url] = strings.Clone(html[start:end])
	return nil
}
