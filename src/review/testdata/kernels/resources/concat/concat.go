// Package concat keeps all its inputs open until the last one is copied.
package concat

import (
	"io"
	"os"
)

func Cat(dst io.Writer, paths []string) error {
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close() // leak: defer-in-loop
		if _, err := io.Copy(dst, f); err != nil {
			return err
		}
	}
	return nil
}

// Repaired.

func one(dst io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(dst, f)
	return err
}

func CatRepaired(dst io.Writer, paths []string) error {
	for _, p := range paths {
		if err := one(dst, p); err != nil {
			return err
		}
	}
	return nil
}
