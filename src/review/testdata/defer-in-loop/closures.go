package closures

import (
	"io"
	"net/http"
	"os"
)

func follow(url string, next func([]byte) string) error {
	for url != "" {
		resp, err := http.Get(url)
		if err != nil {
			return err
		}
		defer func() { // want "medium: resp.Body.Close is deferred in a loop"
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

func blank(paths []string) error {
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // want "medium: f.Close is deferred in a loop"
		if _, err := io.Copy(io.Discard, f); err != nil {
			return err
		}
	}
	return nil
}

func onError(paths []string) (files []*os.File, err error) {
	for _, path := range paths {
		f, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				f.Close()
			}
		}()
		files = append(files, f)
	}
	return files, nil
}

func once(paths []string) error {
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		defer func() { f.Close() }()
		_, err = io.ReadAll(f)
		return err
	}
	return nil
}
