// Reads a goroutine dump on standard input with DataDog/gostackparse and prints what it found as JSON, one goroutine a
// line: the independent answer that the tests compare ours with. With -count it only counts, for the benchmark.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/DataDog/gostackparse"
)

func main() {
	count := flag.Bool("count", false, "print only how many goroutines there are")
	flag.Parse()
	goroutines, errs := gostackparse.Parse(bufio.NewReaderSize(os.Stdin, 1<<20))
	if *count {
		fmt.Println(len(goroutines), len(errs))
		return
	}
	for _, err := range errs {
		fmt.Fprintln(os.Stderr, err)
	}
	out := json.NewEncoder(os.Stdout)
	for _, g := range goroutines {
		if err := out.Encode(g); err != nil {
			panic(err)
		}
	}
}
