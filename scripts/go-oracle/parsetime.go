package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// parsetime DIR ROUNDS parses all files below DIR that many times and prints, as JSON, how many files and bytes there are
// and the milliseconds of each round; reading is not measured. Trees of one directory are kept until it is done.
func parsetime(args []string) error {
	rounds, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	directories := map[string][][]byte{}
	result := struct {
		Files  int       `json:"files"`
		Bytes  int       `json:"bytes"`
		Nodes  int       `json:"nodes"`
		Rounds []float64 `json:"rounds"`
	}{}
	err = filepath.WalkDir(args[0], func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !strings.HasSuffix(path, ".go") || strings.Contains(filepath.Dir(path), "goker") {
			return err
		}
		source, err := os.ReadFile(path)
		directories[filepath.Dir(path)] = append(directories[filepath.Dir(path)], source)
		result.Files++
		result.Bytes += len(source)
		return err
	})
	if err != nil {
		return err
	}
	for range rounds {
		start := time.Now()
		for _, sources := range directories {
			set := token.NewFileSet()
			trees := make([]*ast.File, 0, len(sources))
			for _, source := range sources {
				tree, _ := parser.ParseFile(set, "", source, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
				trees = append(trees, tree)
			}
		}
		result.Rounds = append(result.Rounds, float64(time.Since(start).Microseconds())/1000)
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}
