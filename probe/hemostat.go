// Package hemostat lets a service hand out a heap dump of itself, so that `hemostat prove` can say which of its
// goroutines can never run again and what they hold. Copy this file into the service; it needs the standard library
// only and Go 1.19 or newer:
//
//	hemostat probe --package hemostat -o internal/hemostat/hemostat.go
//
// Nothing happens until the handler is mounted, and nothing is served without the token:
//
//	mux.Handle("/debug/hemostat/", hemostat.Handler(hemostat.Options{Token: os.Getenv("HEMOSTAT_TOKEN")}))
//
// Before you mount it:
//   - A heap dump is every byte of the heap: passwords, keys, customers' data. Mount it on an internal listener, over
//     TLS or loopback, with a token that is rotated like any other secret.
//   - A dump stops the whole process while it is written: about 3 s per GB. `?estimate=1` says how long beforehand, and
//     a dump that would take longer than Options.MaxPause is refused.
//   - On Go 1.26 and 1.27 a dump can, rarely, end the process; it is refused there unless
//     Options.AcceptRaceSinceGo126 is set. See that field.
package hemostat

import (
	"compress/gzip"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Options say what the handler may do. The zero value serves nothing, because it has no token.
type Options struct {
	// Token must come with every request, as `Authorization: Bearer TOKEN`. At least 16 characters; with a shorter
	// one, or none, every request is refused.
	Token string

	// MaxPause is the longest time that a dump may stop the process, by the estimate. 0 means 2 s. A request can
	// ask for more: `?max-pause=10s`.
	MaxPause time.Duration

	// Dir is where a dump is written before it is sent: a file that only this user can read (mode 0600), as large as
	// the heap, removed afterwards. Empty means os.TempDir(). Where that is a tmpfs the file takes memory, and in a
	// container counts towards its limit: choose a disk.
	Dir string

	// AcceptRaceSinceGo126 allows dumps on Go 1.26 and 1.27, whose runtime ends the process (`fatal error: dumpgs in
	// STW - bad status`) when it comes to dump a goroutine within the fraction of a microsecond in which that
	// goroutine returns from a system call or from C. The handler then still refuses while any goroutine stays in a
	// system call (os/signal's own excepted), which leaves a system call that begins after this check and ends during
	// the dump, and threads of C that call Go. Set it where a restart is affordable. Go 1.25 and older need no such
	// choice, and there this field changes nothing.
	AcceptRaceSinceGo126 bool

	// Logf gets one line per dump and per refused dump. Nil means log.Printf.
	Logf func(format string, args ...any)
}

// Handler answers
//
//	GET …/heapdump              the dump; see below
//	GET …/heapdump?estimate=1   JSON: how long it would stop the process, and whether it would be refused
//	GET …/metrics               JSON: heap, goroutines and garbage collection, from runtime/metrics; stops nothing
//
// under any prefix, usually /debug/hemostat/. Options of a dump: `max-pause=10s` accepts a longer pause than
// Options.MaxPause, `gc=0` leaves out the garbage collection that otherwise comes first (without it, garbage is dumped
// too; with it, what was in a sync.Pool shows as the pool's victim). With `Accept-Encoding: gzip` the dump is sent
// compressed. The length of the pause is in the header Hemostat-Pause.
//
// A refusal is one sentence with the status 400, 401, 404 or 405 (the request), 409 (the pause would be too long), 429 (another
// dump is being taken), 503 (a dump could end the process, or no token is set) or 507 (no room for the file), and one word for programs in the
// header Hemostat-Refused.
func Handler(opts Options) http.Handler {
	if opts.MaxPause <= 0 {
		opts.MaxPause = 2 * time.Second
	}
	if opts.Logf == nil {
		opts.Logf = log.Printf
	}
	return &handler{opts: opts, token: sha256.Sum256([]byte(opts.Token))}
}

type handler struct {
	opts  Options
	token [sha256.Size]byte
}

const minToken = 16

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if refused := h.authorize(r); refused != nil {
		if refused.status == http.StatusUnauthorized {
			header.Set("WWW-Authenticate", `Bearer realm="hemostat"`)
		}
		refused.write(w)
		return
	}
	if r.Method != http.MethodGet {
		header.Set("Allow", http.MethodGet)
		refuse(http.StatusMethodNotAllowed, "method", "%s is not supported, use GET", r.Method).write(w)
		return
	}
	switch path.Base(r.URL.Path) {
	case "metrics":
		writeJSON(w, h.metrics())
	case "heapdump":
		h.heapdump(w, r)
	default:
		refuse(http.StatusNotFound, "path", "there is heapdump and metrics below %s, nothing else",
			strings.TrimSuffix(r.URL.Path, path.Base(r.URL.Path))).write(w)
	}
}

// authorize compares hashes, so that neither content nor length of the token shows in the time it takes.
func (h *handler) authorize(r *http.Request) *refusal {
	if len(h.opts.Token) < minToken {
		return refuse(http.StatusServiceUnavailable, "token",
			"Options.Token has fewer than %d characters, so nothing is served", minToken)
	}
	const scheme = "Bearer "
	value := r.Header.Get("Authorization")
	given := ""
	if len(value) > len(scheme) && strings.EqualFold(value[:len(scheme)], scheme) {
		given = value[len(scheme):]
	}
	hash := sha256.Sum256([]byte(given))
	if subtle.ConstantTimeCompare(hash[:], h.token[:]) != 1 {
		return refuse(http.StatusUnauthorized, "token", "the request needs the header `Authorization: Bearer TOKEN` with this service's token")
	}
	return nil
}

// refusal is an answer without a dump: one sentence for people, one word for programs.
type refusal struct {
	status int
	word   string
	says   string
}

func refuse(status int, word, format string, args ...any) *refusal {
	return &refusal{status: status, word: word, says: fmt.Sprintf(format, args...)}
}

func (f *refusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Hemostat-Refused", f.word)
	w.WriteHeader(f.status)
	fmt.Fprintln(w, f.says)
}

// ---- The dump ----

// dumping has an element while a dump is being taken or sent anywhere in the process: two at a time would stop it twice
// as long and take twice the room.
var dumping = make(chan struct{}, 1)

// patience is how long a request waits for the dump before it, which is about how long closing a large file takes.
const patience = 2 * time.Second

func (h *handler) heapdump(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit := h.opts.MaxPause
	if text := query.Get("max-pause"); text != "" {
		asked, err := time.ParseDuration(text)
		if err != nil || asked <= 0 {
			refuse(http.StatusBadRequest, "request", "max-pause=%q is not a duration; write for example max-pause=10s", text).write(w)
			return
		}
		limit = asked
	}
	estimateOnly, err := flag(query.Get("estimate"), false)
	if err != nil {
		refuse(http.StatusBadRequest, "request", "estimate: %v", err).write(w)
		return
	}
	collect, err := flag(query.Get("gc"), true)
	if err != nil {
		refuse(http.StatusBadRequest, "request", "gc: %v", err).write(w)
		return
	}
	if estimateOnly {
		writeJSON(w, h.estimate(limit))
		return
	}
	select {
	case dumping <- struct{}{}:
		defer func() { <-dumping }()
	case <-time.After(patience):
		refuse(http.StatusTooManyRequests, "busy", "another heap dump of this process is being taken or sent; ask again when it has ended").write(w)
		return
	case <-r.Context().Done():
		return
	}
	file, pause, refused := h.dump(r, limit, collect)
	if refused != nil {
		h.opts.Logf("hemostat: heap dump refused to %s: %s", r.RemoteAddr, refused.says)
		refused.write(w)
		return
	}
	defer file.close()
	h.opts.Logf("hemostat: heap dump of %d bytes for %s stopped the process for %v", file.size, r.RemoteAddr, pause.Round(time.Millisecond))
	if err := file.send(w, r, pause); err != nil {
		h.opts.Logf("hemostat: heap dump was not sent to its end: %v", err)
	}
}

// dump checks, collects garbage, checks again, and dumps. On a refusal there is no file.
func (h *handler) dump(r *http.Request, limit time.Duration, collect bool) (*dumpFile, time.Duration, *refusal) {
	if why := unsafeReason(h.opts); why != "" {
		return nil, 0, refuse(http.StatusServiceUnavailable, "unsafe", "%s", why)
	}
	if collect {
		runtime.GC()
	}
	expected := measure()
	if expected.pause > limit {
		return nil, 0, refuse(http.StatusConflict, "pause",
			"a dump would stop the process for about %v (%d bytes in %d objects), above the limit of %v; ask with max-pause=%v to accept that",
			expected.pause.Round(time.Millisecond), expected.bytes, expected.objects, limit, roundUp(2*expected.pause))
	}
	file, err := createDumpFile(h.opts.Dir)
	if err != nil {
		return nil, 0, refuse(http.StatusInsufficientStorage, "disk", "no file for the dump: %v", err)
	}
	if err := r.Context().Err(); err != nil {
		file.close()
		return nil, 0, refuse(http.StatusBadRequest, "gone", "the client went away before the dump")
	}
	// Once more, as late as possible: what made it safe above may have changed during the collection.
	if why := unsafeReason(h.opts); why != "" {
		file.close()
		return nil, 0, refuse(http.StatusServiceUnavailable, "unsafe", "%s", why)
	}
	started := time.Now()
	debug.WriteHeapDump(file.Fd())
	pause := time.Since(started)
	learn(expected, pause)
	if err := file.finish(expected.heap / 2); err != nil {
		file.close()
		return nil, 0, refuse(http.StatusInsufficientStorage, "disk", "the dump was cut, %v; Options.Dir needs about %d bytes",
			err, expected.bytes+expected.heap/2)
	}
	return file, pause, nil
}

// dumpFile is a temporary file without a name wherever the system allows removing an open file, so that it is gone
// with the process, however that ends.
type dumpFile struct {
	*os.File
	size    int64
	removed bool
}

func createDumpFile(dir string) (*dumpFile, error) {
	file, err := os.CreateTemp(dir, "hemostat-*.heapdump") // mode 0600
	if err != nil {
		return nil, err
	}
	return &dumpFile{File: file, removed: os.Remove(file.Name()) == nil}, nil
}

func (f *dumpFile) close() {
	f.File.Close()
	if !f.removed {
		os.Remove(f.File.Name())
	}
}

// finish finds out whether all was written, since the runtime does not look at what write(2) returns: a disk that was
// full has no room now, the contents of the objects alone are known to be longer, and a dump ends with a byte 0.
func (f *dumpFile) finish(atLeast int64) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(make([]byte, 64<<10), size); err != nil {
		return err
	}
	if err := f.Truncate(size); err != nil {
		return err
	}
	last := []byte{1}
	if _, err := f.ReadAt(last, size-1); err != nil || last[0] != 0 || size < atLeast {
		return fmt.Errorf("after %d bytes", size)
	}
	f.size = size
	_, err = f.Seek(0, io.SeekStart)
	return err
}

func (f *dumpFile) send(w http.ResponseWriter, r *http.Request, pause time.Duration) error {
	// The server's write timeout was meant for answers, not for gigabytes, and ran during the pause too. Go 1.20 and
	// newer let a handler lift it.
	if deadline, ok := w.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = deadline.SetWriteDeadline(time.Time{})
	}
	header := w.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%d.heapdump"`, os.Getpid()))
	header.Set("Hemostat-Pause", pause.String())
	header.Set("Hemostat-Go-Version", runtime.Version())
	header.Set("Hemostat-Size", strconv.FormatInt(f.size, 10))
	if !acceptsGzip(r) {
		header.Set("Content-Length", strconv.FormatInt(f.size, 10))
		_, err := io.Copy(w, f.File)
		return err
	}
	header.Set("Content-Encoding", "gzip")
	header.Set("Vary", "Accept-Encoding")
	zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := io.Copy(zip, f.File); err != nil {
		return err
	}
	return zip.Close()
}

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, quality, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(part), " ", ""), ";")
		if coding == "gzip" && quality != "q=0" {
			return true
		}
	}
	return false
}

// ---- Whether a dump is safe ----

// Go minors whose runtime was read and tried for this file. A newer one may have goroutine states that its dump
// does not know.
const (
	oldestMinor = 19
	newestMinor = 27
)

// unsafeReason says in one sentence why a dump could end this process now; "" where it cannot.
//
// The reasons are in runtime/heapdump.go, dumpgs: it ends the process on every goroutine status that it has no case
// for. Until Go 1.25 none of those can be seen while the world is stopped. Go 1.26 brought two that can: _Gleaked, which stays on
// goroutines that a goroutineleak profile found, and _Grunning, which a goroutine that returns from a system call
// has for a moment although the world is stopped; that case is there, but falls through to the throw.
func unsafeReason(opts Options) string {
	version := runtime.Version()
	if runtime.Compiler != "gc" {
		return fmt.Sprintf("heap dumps are known for the gc compiler only, and this program was built with %s", runtime.Compiler)
	}
	minor, ok := goMinor(version)
	if !ok || minor > newestMinor || minor < oldestMinor {
		return fmt.Sprintf("this probe knows the runtimes of Go 1.%d to 1.%d and this program was built with %s; get the probe of a newer hemostat",
			oldestMinor, newestMinor, version)
	}
	if minor < 26 {
		return ""
	}
	if !opts.AcceptRaceSinceGo126 {
		return fmt.Sprintf("a heap dump on %s ends the process if a goroutine returns from a system call at the wrong moment; "+
			"the service has to accept that (Options.AcceptRaceSinceGo126)", version)
	}
	leaks := pprof.Lookup("goroutineleak")
	if leaks != nil && leaks.Count() > 0 {
		return fmt.Sprintf("a goroutineleak profile has marked %d goroutines as leaked, and %s ends the process when it dumps one; "+
			"dump before the first leak profile, or restart the service", leaks.Count(), version)
	}
	seen := lookAround()
	if leaks != nil && seen.leakProfile {
		return "a goroutineleak profile is being taken, after which a heap dump would end the process"
	}
	if stuck := stayInSyscalls() - seen.signalLoops; stuck > 0 {
		return fmt.Sprintf("%d goroutines are in system calls or in C, and %s ends the process if one returns at the wrong moment of a dump; "+
			"ask again when there are none", stuck, version)
	}
	return ""
}

// goMinor reads 26 from go1.26.8, go1.26, go1.26rc1, go1.26-devel_1a2b3c, devel go1.26-1a2b3c, go1.26.8 X:experiment.
func goMinor(version string) (int, bool) {
	version = strings.TrimPrefix(version, "devel ")
	if !strings.HasPrefix(version, "go1.") {
		return 0, false
	}
	digits := version[len("go1."):]
	end := 0
	for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
		end++
	}
	minor, err := strconv.Atoi(digits[:end])
	return minor, err == nil
}

type surroundings struct {
	leakProfile bool
	// signalLoops is 1 in a program that called signal.Notify: a goroutine that is always in a system call, and
	// returns from it only when a signal comes.
	signalLoops int
}

// lookAround reads the stacks of all goroutines, a few microseconds each.
func lookAround() (seen surroundings) {
	records := make([]runtime.StackRecord, runtime.NumGoroutine()+64)
	n, ok := runtime.GoroutineProfile(records)
	for !ok {
		records = make([]runtime.StackRecord, n+n/8+64)
		n, ok = runtime.GoroutineProfile(records)
	}
	for i := range records[:n] {
		frames := runtime.CallersFrames(records[i].Stack())
		for {
			frame, more := frames.Next()
			switch frame.Function {
			case "os/signal.signal_recv":
				seen.signalLoops++
			case "runtime/pprof.writeGoroutineLeak":
				seen.leakProfile = true
			}
			if !more {
				break
			}
		}
	}
	return seen
}

// stayInSyscalls returns how many goroutines are in a system call or in C at a time, at the quietest of many moments
// within a tenth of a second. System calls that last microseconds (as of a busy server) come and go between them and
// are harmless: those that the dump interrupts have returned long before it comes to the goroutines, which follow
// all objects.
func stayInSyscalls() int {
	const name = "/sched/goroutines/not-in-go:goroutines" // since Go 1.26
	sample := []metrics.Sample{{Name: name}}
	fewest := -1
	for i := 0; i < 50; i++ {
		metrics.Read(sample)
		if sample[0].Value.Kind() != metrics.KindUint64 {
			return 1 // cannot be told: not safe
		}
		if now := int(sample[0].Value.Uint64()); fewest < 0 || now < fewest {
			fewest = now
		}
		time.Sleep(2 * time.Millisecond)
	}
	return fewest
}

// ---- How long it would stop the process ----

// The cost of a dump, measured on Go 1.25 and 1.27 (linux/amd64, two busy cores, dumps of 200 MB in objects of 24 bytes
// to 1 MiB, to a disk's page cache). Real pauses were between 40 % and 105 % of this.
const (
	nsAtLeast      = 10e6 // stopping everything, and what every program has
	nsPerByte      = 1.6  // contents of objects
	nsPerObject    = 80
	nsPerScanned   = 3.5  // bytes up to the last pointer of each object: finding and writing the pointers
	nsPerGoroutine = 5000 // its stack
)

type expectation struct {
	heap, bytes                  int64 // bytes is with stacks
	objects, scanned, goroutines int64
	pause                        time.Duration
	learned                      bool
}

// correction is how the last dump of this process compared to its expectation, in thousandths; 0 before the first.
var correction int64

func measure() expectation {
	values := read("/memory/classes/heap/objects:bytes", "/gc/heap/objects:objects", "/gc/scan/heap:bytes", "/memory/classes/heap/stacks:bytes")
	e := expectation{heap: values[0], bytes: values[0] + values[3], objects: values[1], scanned: values[2], goroutines: int64(runtime.NumGoroutine())}
	if e.scanned < 0 { // Go 1.20 and older do not say; half is a lot
		e.scanned = e.bytes / 2
	}
	ns := nsAtLeast + nsPerByte*float64(e.bytes) + nsPerObject*float64(e.objects) + nsPerScanned*float64(e.scanned) + nsPerGoroutine*float64(e.goroutines)
	if factor := atomic.LoadInt64(&correction); factor > 0 {
		ns = ns * float64(factor) / 1000
		e.learned = true
	}
	e.pause = time.Duration(ns)
	return e
}

// learn corrects later expectations by what a dump took, to between half and four times the cost above. Short pauses
// say more about what else the machine did.
func learn(e expectation, took time.Duration) {
	if e.pause < 200*time.Millisecond {
		return
	}
	factor := atomic.LoadInt64(&correction)
	if factor == 0 {
		factor = 1000
	}
	factor = int64(float64(factor) * float64(took) / float64(e.pause))
	if factor < 500 {
		factor = 500
	}
	if factor > 4000 {
		factor = 4000
	}
	atomic.StoreInt64(&correction, factor)
}

type estimateJSON struct {
	Schema       string  `json:"schema"`
	GoVersion    string  `json:"goVersion"`
	HeapBytes    int64   `json:"heapBytes"`
	HeapObjects  int64   `json:"heapObjects"`
	ScannedBytes int64   `json:"scannedBytes"`
	Goroutines   int64   `json:"goroutines"`
	PauseMs      float64 `json:"pauseMs"`
	MaxPauseMs   float64 `json:"maxPauseMs"`
	// How the pause was estimated.
	How string `json:"how"`
	// Refused is why a dump would be refused now, "" where it would not.
	Refused string `json:"refused"`
}

func (h *handler) estimate(limit time.Duration) estimateJSON {
	e := measure()
	how := "10 ms, 1.6 ns per byte, 80 ns per object, 3.5 ns per scanned byte, 5 µs per goroutine; "
	if e.learned {
		how += fmt.Sprintf("times %.2f, as the last dump of this process took; ", float64(atomic.LoadInt64(&correction))/1000)
	}
	how += "garbage that a collection would remove first is counted"
	refused := unsafeReason(h.opts)
	if refused == "" && e.pause > limit {
		refused = fmt.Sprintf("the pause is above the limit of %v; max-pause=%v would accept it", limit, roundUp(2*e.pause))
	}
	return estimateJSON{
		Schema: "hemostat/heapdump-estimate@1", GoVersion: runtime.Version(),
		HeapBytes: e.bytes, HeapObjects: e.objects, ScannedBytes: e.scanned, Goroutines: e.goroutines,
		PauseMs: milliseconds(e.pause), MaxPauseMs: milliseconds(limit), How: how, Refused: refused,
	}
}

// ---- Metrics ----

// metricNames are what a diagnosis reads; those that a Go version does not have are left out of the answer.
var metricNames = []string{
	"/cgo/go-to-c-calls:calls",
	"/gc/cycles/automatic:gc-cycles",
	"/gc/cycles/forced:gc-cycles",
	"/gc/cycles/total:gc-cycles",
	"/gc/gogc:percent",
	"/gc/gomemlimit:bytes",
	"/gc/heap/allocs:bytes",
	"/gc/heap/allocs:objects",
	"/gc/heap/frees:bytes",
	"/gc/heap/frees:objects",
	"/gc/heap/goal:bytes",
	"/gc/heap/live:bytes",
	"/gc/heap/objects:objects",
	"/gc/scan/globals:bytes",
	"/gc/scan/heap:bytes",
	"/gc/scan/stack:bytes",
	"/memory/classes/heap/free:bytes",
	"/memory/classes/heap/objects:bytes",
	"/memory/classes/heap/released:bytes",
	"/memory/classes/heap/stacks:bytes",
	"/memory/classes/heap/unused:bytes",
	"/memory/classes/metadata/mcache/inuse:bytes",
	"/memory/classes/metadata/mspan/inuse:bytes",
	"/memory/classes/metadata/other:bytes",
	"/memory/classes/os-stacks:bytes",
	"/memory/classes/other:bytes",
	"/memory/classes/profiling/buckets:bytes",
	"/memory/classes/total:bytes",
	"/sched/gomaxprocs:threads",
	"/sched/goroutines:goroutines",
	"/sched/goroutines/not-in-go:goroutines",
	"/sched/goroutines/waiting:goroutines",
}

type metricsJSON struct {
	Schema    string `json:"schema"`
	GoVersion string `json:"goVersion"`
	Pid       int    `json:"pid"`
	// TakenAt is RFC 3339 with nanoseconds.
	TakenAt string `json:"takenAt"`
	// Metrics by the names that runtime/metrics documents, in the unit of the name.
	Metrics map[string]int64 `json:"metrics"`
}

func (h *handler) metrics() metricsJSON {
	answer := metricsJSON{
		Schema: "hemostat/probe-metrics@1", GoVersion: runtime.Version(), Pid: os.Getpid(),
		TakenAt: time.Now().UTC().Format(time.RFC3339Nano), Metrics: make(map[string]int64, len(metricNames)),
	}
	for i, value := range read(metricNames...) {
		if value >= 0 {
			answer.Metrics[metricNames[i]] = value
		}
	}
	return answer
}

// read returns the values of integer metrics, -1 for one that this Go does not have.
func read(names ...string) []int64 {
	samples := make([]metrics.Sample, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	metrics.Read(samples)
	values := make([]int64, len(names))
	for i, sample := range samples {
		values[i] = -1
		if sample.Value.Kind() == metrics.KindUint64 {
			values[i] = int64(sample.Value.Uint64())
		}
	}
	return values
}

// ---- Small things ----

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value) // the client went away
}

func flag(text string, absent bool) (bool, error) {
	if text == "" {
		return absent, nil
	}
	set, err := strconv.ParseBool(text)
	if err != nil {
		return false, fmt.Errorf("%q is neither 0 nor 1", text)
	}
	return set, nil
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}

// roundUp to whole seconds.
func roundUp(d time.Duration) time.Duration {
	return d.Truncate(time.Second) + time.Second
}
