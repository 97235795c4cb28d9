// Package pollpages follows links and closes all bodies at the very end.
package pollpages

import (
	"io"
	"net/http"
)

func Crawl(url string, next func([]byte) string) error {
	for url != "" {
		resp, err := http.Get(url)
		if err != nil {
			return err
		}
		defer func() { // leak: defer-in-loop
			resp.Body.Close()
		}()
		page, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		url = next(page)
	}
	return nil
}

// Repaired.

func CrawlRepaired(url string, next func([]byte) string) error {
	for url != "" {
		resp, err := http.Get(url)
		if err != nil {
			return err
		}
		page, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return err
		}
		url = next(page)
	}
	return nil
}
