// Command go-oracle says what Go's own packages (go/parser, go/types) make of source, for the scripts that compare
// hemostat with them. Each subcommand is a file of its own and reads its arguments and standard input itself:
//
//	go build -o ORACLE scripts/go-oracle && ORACLE parse < LIST
package main

import (
	"fmt"
	"os"
)

var subcommands = map[string]func(args []string) error{
	"parse":     parse,
	"parsetime": parsetime,
}

func main() {
	if len(os.Args) < 2 || subcommands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "go-oracle: the first argument is no subcommand; see main.go")
		os.Exit(2)
	}
	if err := subcommands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "go-oracle:", err)
		os.Exit(1)
	}
}
