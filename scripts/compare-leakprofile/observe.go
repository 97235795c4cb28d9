// Beside the copies of the Go tree's goroutine-leak test programs: see ../compare-leakprofile.ts.
package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"runtime/pprof"
	"time"
)

// captures of the leak profile per process: the runtime may find more in a later one.
const captures = 3

// main runs one pattern, which calls observe where it took its profile.
func main() { patternMain() }

var unsettled = regexp.MustCompile(`(?m)^goroutine \d+ .*\[(runnable|running|syscall|waiting|sleep)`)

// observe waits until every other goroutine is parked. In the mode "profile" it then writes leak profiles with the
// stacks of all goroutines to out; otherwise the stacks to out and a heap dump to the file HEMOSTAT_DUMP. Never both:
// a dump after a leak profile ends the process.
func observe(profile *pprof.Profile, out io.Writer) {
	wait("a goroutine does not park", func() bool {
		return len(unsettled.FindAll(stacks(), -1)) == 1 // this one
	})
	if os.Getenv("HEMOSTAT_MODE") == "profile" {
		for i := 0; i < captures; i++ {
			check(profile.WriteTo(out, 2))
			fmt.Fprintln(out)
		}
		return
	}
	_, err := out.Write(stacks())
	check(err)
	file, err := os.Create(os.Getenv("HEMOSTAT_DUMP"))
	check(err)
	runtime.GC()
	// Since Go 1.26 a dump ends the process when a goroutine returns from a system call at the wrong moment.
	inSyscall := []metrics.Sample{{Name: "/sched/goroutines/not-in-go:goroutines"}}
	wait("a goroutine stays in a system call", func() bool {
		metrics.Read(inSyscall)
		return inSyscall[0].Value.Uint64() == 0
	})
	debug.WriteHeapDump(file.Fd())
	check(file.Close())
}

func stacks() []byte {
	buffer := make([]byte, 16<<20)
	return buffer[:runtime.Stack(buffer, true)]
}

func wait(why string, done func() bool) {
	for try := 0; !done(); try++ {
		if try == 500 {
			check(fmt.Errorf("%s", why))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(4)
	}
}
