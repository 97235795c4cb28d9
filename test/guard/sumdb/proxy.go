package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

type source struct {
	Path    string            `json:"path"`
	Version string            `json:"version"`
	Files   map[string]string `json:"files"`
	// RFC 3339; default 2020-01-01T00:00:00Z.
	Time string `json:"time"`
}

// A file is one of a module, in memory.
type file struct{ name, text string }

func (f file) Path() string                 { return f.name }
func (f file) Lstat() (fs.FileInfo, error)  { return f, nil }
func (f file) Open() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f.text)), nil }
func (f file) Name() string                 { return filepath.Base(f.name) }
func (f file) Size() int64                  { return int64(len(f.text)) }
func (f file) Mode() fs.FileMode            { return 0o644 }
func (f file) ModTime() time.Time           { return time.Time{} }
func (f file) IsDir() bool                  { return false }
func (f file) Sys() any                     { return nil }

func proxy() error {
	var wanted struct {
		Out     string   `json:"out"`
		Modules []source `json:"modules"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&wanted); err != nil {
		return err
	}
	for _, s := range wanted.Modules {
		if err := s.write(wanted.Out); err != nil {
			return fmt.Errorf("%s@%s: %w", s.Path, s.Version, err)
		}
	}
	return nil
}

func (s source) write(out string) error {
	path, err := module.EscapePath(s.Path)
	if err != nil {
		return err
	}
	version, err := module.EscapeVersion(s.Version)
	if err != nil {
		return err
	}
	var files []zip.File
	for name, text := range s.Files {
		files = append(files, file{name, text})
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Path() < files[j].Path() })
	var archive bytes.Buffer
	if err := zip.Create(&archive, module.Version{Path: s.Path, Version: s.Version}, files); err != nil {
		return err
	}
	// What proxies serve for a module without a go.mod.
	mod, ok := s.Files["go.mod"]
	if !ok {
		mod = fmt.Sprintf("module %s\n", s.Path)
	}
	if s.Time == "" {
		s.Time = "2020-01-01T00:00:00Z"
	}
	dir := filepath.Join(out, filepath.FromSlash(path), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	base := filepath.Join(dir, version)
	for suffix, data := range map[string][]byte{
		".zip":  archive.Bytes(),
		".mod":  []byte(mod),
		".info": fmt.Appendf(nil, `{"Version":%q,"Time":%q}`, s.Version, s.Time),
	} {
		if err := os.WriteFile(base+suffix, data, 0o644); err != nil {
			return err
		}
	}
	list, err := os.OpenFile(filepath.Join(dir, "list"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer list.Close()
	fmt.Fprintln(list, s.Version)
	h, err := dirhash.HashZip(base+".zip", dirhash.Hash1)
	if err != nil {
		return err
	}
	m, err := hashMod(mod)
	if err != nil {
		return err
	}
	fmt.Printf("%s %s %s\n%s %s/go.mod %s\n", s.Path, s.Version, h, s.Path, s.Version, m)
	return nil
}

func hashMod(text string) (string, error) {
	return dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	})
}

func hash() error {
	for _, arg := range os.Args[2:] {
		name, prefix, isDir := strings.Cut(arg, "=")
		var h string
		var err error
		if isDir {
			h, err = dirhash.HashDir(name, prefix, dirhash.Hash1)
		} else {
			h, err = dirhash.HashZip(name, dirhash.Hash1)
		}
		if err != nil {
			return err
		}
		fmt.Println(h)
	}
	return nil
}
