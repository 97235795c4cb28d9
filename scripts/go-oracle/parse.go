package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"reflect"
	"sort"
	"strings"
)

// parse reads paths from standard input, one a line, and prints a line for each file, fields separated by tabs:
//
//	path
//	number of syntax errors (if there are any, nothing but the first error's position follows: line:column)
//	hash of all nodes (kind, start, end) but comments, in hexadecimal
//	hash of all comments (start) and comment groups (start, number of comments)
//	counts, as "Ident=12 CallExpr=3 …", by name; Comment and CommentGroup among them
//
// With -dump it prints every node instead, for a look at what differs.
func parse(args []string) error {
	dumping := len(args) > 0 && args[0] == "-dump"
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	defer out.Flush()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		path := in.Text()
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, source, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
		if err != nil {
			position := ""
			count := 1
			if list, ok := err.(scanner.ErrorList); ok {
				count = len(list)
				position = fmt.Sprintf("%d:%d %s", list[0].Pos.Line, list[0].Pos.Column, strings.ReplaceAll(list[0].Msg, "\t", " "))
			}
			fmt.Fprintf(out, "%s\t%d\t%s\n", path, count, position)
			continue
		}
		if dumping {
			dump(out, set, file)
			continue
		}
		writeFile(out, set, file, path)
	}
	return in.Err()
}

func writeFile(out *bufio.Writer, set *token.FileSet, file *ast.File, path string) {
	base := set.File(file.FileStart).Base()
	counts := map[string]int{}
	var nodes, comments hash
	each(file, func(name string, node ast.Node) {
		counts[name]++
		nodes.add(nameHash(name), uint32(int(node.Pos())-base), uint32(int(node.End())-base))
	})
	for _, group := range file.Comments {
		counts["CommentGroup"]++
		comments.add(1, uint32(int(group.Pos())-base), uint32(len(group.List)))
		for _, comment := range group.List {
			counts["Comment"]++
			comments.add(2, uint32(int(comment.Pos())-base), 0)
		}
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	sort.Strings(names)
	for i, name := range names {
		names[i] = fmt.Sprintf("%s=%d", name, counts[name])
	}
	fmt.Fprintf(out, "%s\t0\t%s\t%s\t%s\n", path, nodes, comments, strings.Join(names, " "))
}

// dump prints every node as "Kind start end", for a look at what differs.
func dump(out *bufio.Writer, set *token.FileSet, file *ast.File) {
	base := set.File(file.FileStart).Base()
	each(file, func(name string, node ast.Node) {
		fmt.Fprintf(out, "%s %d %d\n", name, int(node.Pos())-base, int(node.End())-base)
	})
}

// each calls f for every node but comments.
func each(file *ast.File, f func(name string, node ast.Node)) {
	ast.Inspect(file, func(node ast.Node) bool {
		switch node.(type) {
		case nil:
			return false
		case *ast.Comment, *ast.CommentGroup:
			return false
		}
		f(reflect.TypeOf(node).Elem().Name(), node)
		return true
	})
}

// hash does not depend on the order in which things are added: two sums of mixed triples.
type hash struct{ low, high uint32 }

func (h *hash) add(a, b, c uint32) {
	x := mix(mix(mix(a)^b) ^ c)
	h.low += x
	h.high += mix(x ^ 0x9e3779b9)
}

func (h hash) String() string { return fmt.Sprintf("%08x%08x", h.high, h.low) }

func mix(x uint32) uint32 {
	x ^= x >> 16
	x *= 0x85ebca6b
	x ^= x >> 13
	x *= 0xc2b2ae35
	x ^= x >> 16
	return x
}

func nameHash(name string) uint32 {
	h := uint32(0)
	for i := 0; i < len(name); i++ {
		h = h*31 + uint32(name[i])
	}
	return h
}
