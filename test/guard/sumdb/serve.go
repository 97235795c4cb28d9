package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"
)

// A config is what a test wants of one database.
type config struct {
	// Who signs; databases with the same signer differ only in what they hold. Default "first".
	Signer string `json:"signer"`
	// Records before those of Lines; databases with another tag have other ones.
	Filler int    `json:"filler"`
	Tag    string `json:"tag"`
	// Lines of a go.sum.
	Lines []string `json:"lines"`
	// Looked up before anything is served.
	Preload bool `json:"preload"`
}

// Knobs are regular expressions over the paths that are answered wrongly.
type knobs struct {
	// Answered with 404.
	Missing string `json:"missing"`
	// Half of the answer.
	Truncated string `json:"truncated"`
	// One byte of a tile, or of the first signature, is another.
	Corrupt string `json:"corrupt"`
	// Never ends.
	Endless string `json:"endless"`
	// Answered with 500.
	Failing string `json:"failing"`
	// The hash in the record is another; the tree is what it was.
	Lying string `json:"lying"`
}

type database struct {
	handler http.Handler
	test    *sumdb.TestServer
	mu      sync.Mutex
	knobs   knobs
	seen    map[string]int
}

// Keys of a name are the same in every run.
func keys(name, seed string) (signer, verifier string, err error) {
	sum := sha256.Sum256([]byte("hemostat test key " + seed))
	public := ed25519.NewKeyFromSeed(sum[:]).Public().(ed25519.PublicKey)
	verifier, err = note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return "", "", err
	}
	hash := strings.Split(verifier, "+")[1]
	seeded := append([]byte{1}, sum[:]...)
	return fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", name, hash, base64.StdEncoding.EncodeToString(seeded)), verifier, nil
}

func newDatabase(c config) (*database, error) {
	seed := c.Signer
	if seed == "" {
		seed = "first"
	}
	signer, _, err := keys("sumdb.test", seed)
	if err != nil {
		return nil, err
	}
	records := map[string]string{}
	var order []module.Version
	for _, line := range c.Lines {
		f := strings.Fields(line)
		if len(f) != 3 {
			return nil, fmt.Errorf("no line of a go.sum: %q", line)
		}
		m := module.Version{Path: f[0], Version: strings.TrimSuffix(f[1], "/go.mod")}
		if records[m.String()] == "" {
			order = append(order, m)
		}
		records[m.String()] += line + "\n"
	}
	test := sumdb.NewTestServer(signer, func(path, version string) ([]byte, error) {
		text := records[path+"@"+version]
		if strings.HasPrefix(path, "filler.test/") {
			text = fmt.Sprintf("%s %s h1:%s\n", path, version, c.Tag)
		}
		if text == "" {
			return nil, &os.PathError{Op: "lookup", Path: path + "@" + version, Err: os.ErrNotExist}
		}
		return []byte(text), nil
	})
	db := &database{test: test, handler: sumdb.NewServer(test), seen: map[string]int{}}
	if err := db.grow(0, c.Filler); err != nil {
		return nil, err
	}
	if c.Preload {
		for _, m := range order {
			if _, err := test.Lookup(context.Background(), m); err != nil {
				return nil, err
			}
		}
	}
	return db, nil
}

// Grow adds n records, numbered from.
func (db *database) grow(from, n int) error {
	for i := from; i < from+n; i++ {
		m := module.Version{Path: fmt.Sprintf("filler.test/m%d", i), Version: "v1.0.0"}
		if _, err := db.test.Lookup(context.Background(), m); err != nil {
			return err
		}
	}
	return nil
}

var hashInRecord = regexp.MustCompile(`h1:.`)

func (db *database) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	db.mu.Lock()
	k := db.knobs
	db.seen[r.URL.Path]++
	db.mu.Unlock()
	hit := func(pattern string) bool {
		return pattern != "" && regexp.MustCompile(pattern).MatchString(r.URL.Path)
	}
	if r.URL.Path == "/supported" {
		return
	}
	if hit(k.Missing) {
		http.NotFound(w, r)
		return
	}
	if hit(k.Failing) {
		http.Error(w, "broken on purpose", http.StatusInternalServerError)
		return
	}
	if hit(k.Endless) {
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}
	answer := db.answer(r)
	if answer == nil {
		http.NotFound(w, r)
		return
	}
	body := answer.Body.Bytes()
	if hit(k.Truncated) {
		body = body[:len(body)/2]
	}
	if hit(k.Corrupt) {
		at := 0
		if i := bytes.LastIndexByte(body, ' '); !strings.HasPrefix(r.URL.Path, "/tile/") && i >= 0 {
			at = i + 20
		}
		// Another letter of base64 as well as another byte.
		body[at] = map[bool]byte{true: 'B', false: 'A'}[body[at] == 'A']
	}
	if hit(k.Lying) {
		body = hashInRecord.ReplaceAll(body, []byte("h1:_"))
	}
	w.WriteHeader(answer.Code)
	w.Write(body)
}

// Answer is what the test server of golang.org/x/mod says; nil where it panics, as it does over tiles beyond its tree.
func (db *database) answer(r *http.Request) (answer *httptest.ResponseRecorder) {
	defer func() {
		if recover() != nil {
			answer = nil
		}
	}()
	answer = httptest.NewRecorder()
	db.handler.ServeHTTP(answer, r)
	return answer
}

// Serve answers /NAME/… with the database of that name (/NAME/sumdb/sumdb.test/… as a proxy would), and
// /_/NAME/{knobs,grow,seen,drop} for the test.
func serve() error {
	decoder := json.NewDecoder(os.Stdin)
	var configs map[string]config
	if err := decoder.Decode(&configs); err != nil {
		return err
	}
	_, verifier, err := keys("sumdb.test", "first")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	for name, c := range configs {
		db, err := newDatabase(c)
		if err != nil {
			return err
		}
		filler := c.Filler
		mux.Handle("/"+name+"/sumdb/sumdb.test/", http.StripPrefix("/"+name+"/sumdb/sumdb.test", db))
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, db))
		mux.HandleFunc("/_/"+name+"/knobs", func(w http.ResponseWriter, r *http.Request) {
			db.mu.Lock()
			defer db.mu.Unlock()
			db.knobs = knobs{}
			if err := json.NewDecoder(r.Body).Decode(&db.knobs); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		})
		mux.HandleFunc("/_/"+name+"/grow", func(w http.ResponseWriter, r *http.Request) {
			if err := db.grow(filler, 10); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
			filler += 10
		})
		mux.HandleFunc("/_/"+name+"/seen", func(w http.ResponseWriter, r *http.Request) {
			db.mu.Lock()
			defer db.mu.Unlock()
			json.NewEncoder(w).Encode(db.seen)
			db.seen = map[string]int{}
		})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("%s http://%s\n", verifier, listener.Addr())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.Serve(listener, mux)
}
