package hemostat

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"
)

const token = "0123456789abcdef-token"

// raceVersion: dumps are refused on this Go unless Options.AcceptRaceSinceGo126 is set.
func raceVersion() bool {
	minor, ok := goMinor(runtime.Version())
	return !ok || minor >= 26
}

func quiet(string, ...any) {}

// request asks a new handler; the token is there unless header says otherwise.
func request(t *testing.T, opts Options, method, url string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	if opts.Logf == nil {
		opts.Logf = quiet
	}
	r := httptest.NewRequest(method, url, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler(opts).ServeHTTP(w, r)
	return w
}

// accepting are options under which this Go dumps.
func accepting(t *testing.T) Options {
	return Options{Token: token, Dir: t.TempDir(), AcceptRaceSinceGo126: true}
}

func wantRefusal(t *testing.T, w *httptest.ResponseRecorder, status int, word, part string) {
	t.Helper()
	body := w.Body.String()
	if len(body) > 500 {
		body = body[:500]
	}
	if w.Code != status || w.Header().Get("Hemostat-Refused") != word || !strings.Contains(body, part) {
		t.Fatalf("got %d %q %q, want %d %q with %q", w.Code, w.Header().Get("Hemostat-Refused"), body, status, word, part)
	}
	if strings.Count(body, "\n") != 1 || !strings.HasSuffix(body, "\n") {
		t.Fatalf("not one line: %q", body)
	}
}

func wantDump(t *testing.T, body []byte) {
	t.Helper()
	if !bytes.HasPrefix(body, []byte("go1.7 heap dump\n")) || body[len(body)-1] != 0 {
		t.Fatalf("no heap dump: %d bytes starting with %q", len(body), body[:min(len(body), 200)])
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func TestAuthorization(t *testing.T) {
	for _, path := range []string{"/debug/hemostat/heapdump", "/debug/hemostat/metrics", "/debug/hemostat/none"} {
		for name, value := range map[string]string{
			"nothing": "", "other scheme": "Basic " + token, "wrong": "Bearer " + token[:len(token)-1] + "x",
			"prefix": "Bearer " + token[:8], "longer": "Bearer " + token + "x", "bare": token, "empty": "Bearer ",
		} {
			w := request(t, Options{Token: token}, "GET", path, "Authorization", value)
			t.Log(path, name)
			wantRefusal(t, w, 401, "token", "Authorization: Bearer TOKEN")
			if w.Header().Get("WWW-Authenticate") == "" {
				t.Fatal("no WWW-Authenticate")
			}
		}
	}
	if w := request(t, Options{Token: token}, "GET", "/debug/hemostat/metrics", "Authorization", "bearer "+token); w.Code != 200 {
		t.Fatalf("the scheme is not case-insensitive: %d", w.Code)
	}
}

func TestWithoutATokenNothingIsServed(t *testing.T) {
	for _, tooShort := range []string{"", "short", "fifteen-letters"} {
		for _, given := range []string{"", "Bearer ", "Bearer " + tooShort} {
			w := request(t, Options{Token: tooShort}, "GET", "/debug/hemostat/metrics", "Authorization", given)
			wantRefusal(t, w, 503, "token", "fewer than 16 characters")
		}
	}
}

func TestRequestsThatAreWrong(t *testing.T) {
	opts := accepting(t)
	wantRefusal(t, request(t, opts, "POST", "/debug/hemostat/heapdump"), 405, "method", "use GET")
	wantRefusal(t, request(t, opts, "GET", "/debug/hemostat/"), 404, "path", "heapdump and metrics")
	wantRefusal(t, request(t, opts, "GET", "/debug/hemostat/heapdump?max-pause=fast"), 400, "request", "max-pause=10s")
	wantRefusal(t, request(t, opts, "GET", "/debug/hemostat/heapdump?max-pause=-1s"), 400, "request", "max-pause=10s")
	wantRefusal(t, request(t, opts, "GET", "/debug/hemostat/heapdump?gc=maybe"), 400, "request", "neither 0 nor 1")
	wantRefusal(t, request(t, opts, "GET", "/debug/hemostat/heapdump?estimate=maybe"), 400, "request", "neither 0 nor 1")
}

func TestEstimate(t *testing.T) {
	w := request(t, accepting(t), "GET", "/debug/hemostat/heapdump?estimate=1")
	var answer estimateJSON
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
		t.Fatal(w.Code, err, w.Body)
	}
	if answer.HeapBytes < 1<<16 || answer.HeapObjects < 100 || answer.PauseMs < 10 || answer.MaxPauseMs != 2000 ||
		answer.How == "" || answer.Refused != "" || answer.GoVersion != runtime.Version() {
		t.Fatalf("%+v", answer)
	}
}

// Size and number of objects have to be as expected. The time is only logged: the machine that runs this may be busy.
func TestEstimateBesideADump(t *testing.T) {
	type node struct {
		next    *node
		payload [40]byte
	}
	var head *node
	for i := 0; i < 1<<20; i++ {
		head = &node{next: head}
	}
	runtime.GC()
	expected := measure()
	w := request(t, accepting(t), "GET", "/debug/hemostat/heapdump?max-pause=1m")
	pause, err := time.ParseDuration(w.Header().Get("Hemostat-Pause"))
	if err != nil {
		t.Fatal(w.Code, w.Body)
	}
	wantDump(t, w.Body.Bytes())
	if expected.objects < 1<<20 || int64(w.Body.Len()) < expected.heap/2 || int64(w.Body.Len()) > 2*expected.bytes {
		t.Fatalf("expected %+v, dumped %d bytes", expected, w.Body.Len())
	}
	t.Logf("expected %v, took %v", expected.pause, pause)
	runtime.KeepAlive(head)
}

func TestPauseAboveTheLimitIsRefused(t *testing.T) {
	opts := accepting(t)
	opts.MaxPause = time.Microsecond
	wantRefusal(t, request(t, opts, "GET", "/debug/hemostat/heapdump"), 409, "pause", "ask with max-pause=1s")
	w := request(t, opts, "GET", "/debug/hemostat/heapdump?max-pause=1m")
	if w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	wantDump(t, w.Body.Bytes())
}

func TestDump(t *testing.T) {
	opts := accepting(t)
	lines := 0
	opts.Logf = func(format string, args ...any) {
		lines++
		t.Logf(format, args...)
	}
	w := request(t, opts, "GET", "/debug/hemostat/heapdump")
	if w.Code != 200 || w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatal(w.Code, w.Header(), w.Body.Len())
	}
	wantDump(t, w.Body.Bytes())
	if lines != 1 {
		t.Fatalf("%d lines were logged", lines)
	}

	w = request(t, opts, "GET", "/x/heapdump?gc=0", "Accept-Encoding", "br, gzip;q=1.0")
	zip, err := gzip.NewReader(w.Body)
	if err != nil || w.Header().Get("Content-Encoding") != "gzip" {
		t.Fatal(err, w.Header())
	}
	plain, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	wantDump(t, plain)
	if fmt.Sprint(len(plain)) != w.Header().Get("Hemostat-Size") {
		t.Fatal(len(plain), w.Header())
	}
	wantEmpty(t, opts.Dir)
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Fatalf("left in the directory: %v %v", left, err)
	}
}

func TestTheFileIsPrivateAndGoesWithItsDescriptor(t *testing.T) {
	dir := t.TempDir()
	file, err := createDumpFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	if runtime.GOOS != "windows" {
		wantEmpty(t, dir)
	}
	file.close()
	wantEmpty(t, dir)
}

func TestOneAtATime(t *testing.T) {
	opts := accepting(t)
	dumping <- struct{}{}
	wantRefusal(t, request(t, opts, "GET", "/debug/hemostat/heapdump"), 429, "busy", "another heap dump")
	if w := request(t, opts, "GET", "/debug/hemostat/heapdump?estimate=1"); w.Code != 200 {
		t.Fatal("an estimate has to wait for a dump")
	}
	go func() {
		time.Sleep(patience / 4)
		<-dumping
	}()
	if w := request(t, opts, "GET", "/debug/hemostat/heapdump"); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	if len(dumping) != 0 {
		t.Fatal("still dumping")
	}
}

func TestDirectoryThatIsNotThere(t *testing.T) {
	opts := accepting(t)
	opts.Dir = filepath.Join(opts.Dir, "none")
	wantRefusal(t, request(t, opts, "GET", "/debug/hemostat/heapdump"), 507, "disk", "no file for the dump")
}

// A full disk, as a limit on the size of files: the runtime does not notice, the probe has to.
func TestDumpThatIsCutIsNotSent(t *testing.T) {
	if os.Getenv("HEMOSTAT_TEST_CHILD") == "" {
		output, err := child(t, "TestDumpThatIsCutIsNotSent")
		if err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	opts := accepting(t)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = 64 << 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, request(t, opts, "GET", "/debug/hemostat/heapdump"), 507, "disk", "the dump was cut")
	wantEmpty(t, opts.Dir)
}

// A client that goes away while the dump is sent: the handler ends, the file is gone, the next dump works.
func TestClientThatGoesAway(t *testing.T) {
	ballast := make([]byte, 64<<20)
	for i := range ballast {
		ballast[i] = byte(i * 7)
	}
	opts := accepting(t)
	ended := make(chan string, 8)
	opts.Logf = func(format string, args ...any) { ended <- fmt.Sprintf(format, args...) }
	server := httptest.NewServer(Handler(opts))
	defer server.Close()
	r, err := http.NewRequest("GET", server.URL+"/heapdump", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(answer.Body, make([]byte, 1000)); err != nil {
		t.Fatal(err, answer.Status)
	}
	answer.Body.Close()
	<-ended
	if line := <-ended; !strings.Contains(line, "not sent to its end") {
		t.Fatal(line)
	}
	for deadline := time.Now().Add(10 * time.Second); len(dumping) != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("still dumping")
		}
	}
	wantEmpty(t, opts.Dir)
	runtime.KeepAlive(ballast)
}

func TestMetrics(t *testing.T) {
	w := request(t, Options{Token: token}, "GET", "/debug/hemostat/metrics")
	var answer metricsJSON
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
		t.Fatal(w.Code, err, w.Body)
	}
	for _, name := range []string{"/memory/classes/heap/objects:bytes", "/sched/goroutines:goroutines", "/gc/heap/objects:objects", "/memory/classes/total:bytes"} {
		if answer.Metrics[name] <= 0 {
			t.Errorf("%s is %d", name, answer.Metrics[name])
		}
	}
	if answer.Pid != os.Getpid() || answer.Schema != "hemostat/probe-metrics@1" {
		t.Errorf("%+v", answer)
	}
	if len(dumping) != 0 || pprof.Lookup("heap") == nil {
		t.Error("metrics did something")
	}
}

func TestGoMinor(t *testing.T) {
	for version, want := range map[string]int{
		"go1.19.13": 19, "go1.26": 26, "go1.27rc1": 27, "go1.26.8 X:goroutineleakprofile": 26, "go1.27-devel_0a1b2c3 Fri": 27,
		"devel go1.28-0a1b2c3 Fri Nov 1": 28, "go1.9": 9, "go1.25.3-custom": 25,
	} {
		if got, ok := goMinor(version); !ok || got != want {
			t.Errorf("%s: %d %v", version, got, ok)
		}
	}
	for _, version := range []string{"", "devel +0a1b2c3", "go2.1", "go1.", "go1.x", "tinygo 0.30"} {
		if got, ok := goMinor(version); ok {
			t.Errorf("%s: %d", version, got)
		}
	}
}
