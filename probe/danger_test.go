package hemostat

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// These tests show on a real process what the probe protects from: each child calls debug.WriteHeapDump where the probe
// refuses, and dies; and each asks the probe at the same moment, and lives.

// child runs one test of this binary again in a process of its own, which finds HEMOSTAT_TEST_CHILD set.
func child(t *testing.T, test string, env ...string) (string, error) {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.v", "-test.timeout=100s")
	command.Env = append(append(os.Environ(), "HEMOSTAT_TEST_CHILD=1"), env...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	err := command.Run()
	return output.String(), err
}

const fatal = "fatal error: dumpgs in STW - bad status"

func TestRaceHasToBeAcceptedSinceGo126(t *testing.T) {
	opts := accepting(t)
	opts.AcceptRaceSinceGo126 = false
	w := request(t, opts, "GET", "/debug/hemostat/heapdump")
	if raceVersion() {
		wantRefusal(t, w, 503, "unsafe", "Options.AcceptRaceSinceGo126")
	} else {
		wantDump(t, w.Body.Bytes())
	}
}

// A goroutine that a goroutineleak profile found has a status that the dump does not know. Go 1.27, and Go 1.26 built
// with GOEXPERIMENT=goroutineleakprofile.
func TestAfterALeakProfile(t *testing.T) {
	if pprof.Lookup("goroutineleak") == nil {
		t.Skip("this Go has no goroutineleak profile")
	}
	if os.Getenv("HEMOSTAT_TEST_CHILD") == "" {
		output, err := child(t, "TestAfterALeakProfile", "HEMOSTAT_TEST_DUMP=probe")
		if err != nil {
			t.Fatalf("the probe should have refused: %v\n%s", err, output)
		}
		output, err = child(t, "TestAfterALeakProfile", "HEMOSTAT_TEST_DUMP=runtime")
		if err == nil || !strings.Contains(output, fatal) {
			t.Fatalf("the process should have died: %v\n%s", err, output)
		}
		return
	}
	w := request(t, accepting(t), "GET", "/debug/hemostat/heapdump")
	wantDump(t, w.Body.Bytes()) // nothing has been profiled yet

	go func() { <-make(chan int) }()
	time.Sleep(50 * time.Millisecond)
	if err := pprof.Lookup("goroutineleak").WriteTo(io.Discard, 0); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("HEMOSTAT_TEST_DUMP") == "probe" {
		wantRefusal(t, request(t, accepting(t), "GET", "/debug/hemostat/heapdump"), 503, "unsafe", "marked 1 goroutines as leaked")
		return
	}
	dumpToNull(t)
}

func dumpToNull(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	debug.WriteHeapDump(null.Fd())
	fmt.Println("survived")
}

// A goroutine that returns from a system call while the world is stopped ends the process, since Go 1.26, in one of some
// hundred dumps of this program. That is shown where it can be made certain, in testdata/dies.
func TestGoroutinesThatReturnFromSyscalls(t *testing.T) {
	if os.Getenv("HEMOSTAT_TEST_CHILD") == "" {
		if output, err := child(t, "TestGoroutinesThatReturnFromSyscalls"); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		return
	}
	stop := new(int32)
	for i := 0; i < 200; i++ {
		go sleepInSyscalls(20*time.Millisecond, stop)
	}
	defer atomic.StoreInt32(stop, 1)
	time.Sleep(100 * time.Millisecond)
	for i := 0; i < 3; i++ {
		w := request(t, accepting(t), "GET", "/debug/hemostat/heapdump")
		if raceVersion() {
			wantRefusal(t, w, 503, "unsafe", "goroutines are in system calls")
		} else {
			wantDump(t, w.Body.Bytes())
		}
	}
	for i := 0; i < 300 && !raceVersion(); i++ {
		dumpToNull(t)
	}
}

// sleepInSyscalls sleeps in a system call over and over, without Go knowing that it only sleeps.
func sleepInSyscalls(each time.Duration, stop *int32) {
	for atomic.LoadInt32(stop) == 0 {
		pause := syscall.NsecToTimespec(each.Nanoseconds())
		_ = syscall.Nanosleep(&pause, nil)
	}
}

// One goroutine in one system call is enough to refuse; it may return at any time.
func TestGoroutineInASyscall(t *testing.T) {
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := syscall.Read(pipe[0], make([]byte, 1))
		ended <- err
	}()
	time.Sleep(20 * time.Millisecond)
	w := request(t, accepting(t), "GET", "/debug/hemostat/heapdump")
	if raceVersion() {
		wantRefusal(t, w, 503, "unsafe", "1 goroutines are in system calls")
	} else {
		wantDump(t, w.Body.Bytes())
	}
	if _, err := syscall.Write(pipe[1], []byte{1}); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	w = request(t, accepting(t), "GET", "/debug/hemostat/heapdump")
	wantDump(t, w.Body.Bytes())
	for _, fd := range pipe {
		_ = syscall.Close(fd)
	}
}

// os/signal's goroutine is always in a system call, and is no reason to refuse; files and sockets with the poller are
// none either.
func TestWhatIsNotInASyscall(t *testing.T) {
	notified := make(chan os.Signal, 1)
	signal.Notify(notified, syscall.SIGUSR1)
	defer signal.Stop(notified)
	reads, writes, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = reads.Read(make([]byte, 1)) }()
	time.Sleep(20 * time.Millisecond)
	if seen := lookAround(); seen.signalLoops != 1 {
		t.Fatalf("%+v", seen)
	}
	for i := 0; i < 5; i++ {
		w := request(t, accepting(t), "GET", "/debug/hemostat/heapdump")
		wantDump(t, w.Body.Bytes())
	}
	runtime.KeepAlive(writes)
	_ = writes.Close()
}
