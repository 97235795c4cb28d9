// Sumdb is a checksum database, a module proxy and an oracle for tests, made of golang.org/x/mod.
//
//	sumdb serve    databases (JSON on standard input) on a port of 127.0.0.1 until standard input ends
//	sumdb proxy    writes modules (JSON on standard input) as a GOPROXY file tree and prints their go.sum lines
//	sumdb hash     prints the h1: of each zip, directory or go.mod in its arguments (FILE or DIR=PREFIX)
//	sumdb match    answers [[patterns, path], …] (JSON on standard input) with module.MatchPrefixPatterns
//	sumdb vectors  prints tiles and tree hashes of a log as JSON
package main

import (
	"fmt"
	"os"
)

func main() {
	commands := map[string]func() error{"serve": serve, "proxy": proxy, "hash": hash, "match": match, "vectors": vectors}
	run := commands[append(os.Args, "", "")[1]]
	if run == nil {
		run = func() error { return fmt.Errorf("name a command: serve, proxy, hash, match or vectors") }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "sumdb:", err)
		os.Exit(1)
	}
}
