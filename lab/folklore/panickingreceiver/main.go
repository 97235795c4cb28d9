// Panickingreceiver runs itself with a receiver that panics: once as it is, once with a recover around it.
package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"example.com/hemostat-lab/folklore/observe"
)

const senders = 10

func main() {
	if len(os.Args) > 1 {
		work(os.Args[1] == "recover")
		return
	}
	observe.Report(map[string]interface{}{
		"senders":   senders,
		"asItIs":    run("plain"),
		"recovered": run("recover"),
	})
}

// run starts this program again and tells how it ended.
func run(mode string) map[string]interface{} {
	cmd := exec.Command(os.Args[0], mode)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		observe.Fail(err)
	}
	return map[string]interface{}{
		"exitStatus": cmd.ProcessState.ExitCode(),
		"lastWords":  strings.SplitN(stderr.String(), "\n", 2)[0],
		"stdout":     strings.TrimSpace(stdout.String()),
	}
}

func work(recovers bool) {
	values := make(chan int)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		defer func() {
			if recovers && recover() != nil {
				return
			}
		}()
		for v := range values {
			panic("bad record " + string(rune('0'+v%10)))
		}
	}()
	values <- 3
	<-gone
	for i := 0; i < senders; i++ {
		go func(i int) { values <- i }(i)
	}
	os.Stdout.WriteString(blockedSenders() + "\n")
}

// blockedSenders waits until every sender is parked and says how many there are.
func blockedSenders() string {
	stacks := make([]byte, 1<<20)
	for {
		text := string(stacks[:runtime.Stack(stacks, true)])
		if n := strings.Count(text, "[chan send]:"); n == senders {
			return "all senders are blocked, the process goes on"
		}
		time.Sleep(time.Millisecond)
	}
}
