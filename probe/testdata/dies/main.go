// Command dies dumps its heap again and again while goroutines return from system calls. On Go 1.26 and newer that ends
// the process sooner or later: one that returns while the world is stopped is _Grunning for a moment, and dumpgs in
// runtime/heapdump.go throws on that status. Built with the runtime's own debugging constant debugExtendGrunningNoP, the
// moment lasts ten microseconds and the first dumps find it.
//
//	dies [-dumps 300] [-goroutines 200] [-sleep 20ms]
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
)

func main() {
	dumps := flag.Int("dumps", 300, "heap dumps, written to the null device")
	goroutines := flag.Int("goroutines", 200, "goroutines in system calls")
	sleep := flag.Duration("sleep", 20*time.Millisecond, "length of a system call")
	flag.Parse()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for i := 0; i < *goroutines; i++ {
		go func() {
			for {
				pause := syscall.NsecToTimespec(sleep.Nanoseconds())
				_ = syscall.Nanosleep(&pause, nil)
			}
		}()
	}
	time.Sleep(100 * time.Millisecond)
	for i := 1; i <= *dumps; i++ {
		debug.WriteHeapDump(null.Fd())
		fmt.Println("dump", i)
		time.Sleep(time.Millisecond)
	}
	fmt.Println("survived on", runtime.Version())
}
