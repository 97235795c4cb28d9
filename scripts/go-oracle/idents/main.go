// Command idents prints what go/types resolves each identifier to, for scripts/compare-go-idents.ts.
//
//	go run scripts/go-oracle/idents/main.go DIR…
//
// Each DIR below GOROOT/src is one package (its tests are checked with it; an external test package is one more). Standard
// output is one record a package, little endian: the length of a JSON header, the header ({"path", "files"}), the number of
// identifiers, and five int32 each: file, offset, code, file and offset of what it denotes.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Codes of what an identifier denotes.
const (
	nothing      = 0 // declares nothing (the package clause, the x of switch x := v.(type))
	local        = 1 // an object of this package
	universe     = 2
	otherPackage = 3 // after a selector, or by a dot import
	packageName  = 4 // an import: where its specification begins
	member       = 5 // a field or method
	implicit     = 6 // the variable of one clause of a type switch: where the clause begins
	unresolved   = 7
)

type header struct {
	Path   string   `json:"path"`
	Name   string   `json:"name"`
	Dir    string   `json:"dir"`
	Files  []string `json:"files"`
	Errors int      `json:"errors"`
	// Names of the imported packages by path.
	Imports map[string]string `json:"imports"`
}

type loader struct {
	context  build.Context
	fset     *token.FileSet
	packages map[string]*types.Package
}

func main() {
	l := &loader{context: build.Default, fset: token.NewFileSet(), packages: map[string]*types.Package{"unsafe": types.Unsafe}}
	l.context.CgoEnabled = false
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	for _, dir := range os.Args[1:] {
		found, err := l.context.ImportDir(dir, 0)
		if found == nil || len(found.GoFiles)+len(found.TestGoFiles)+len(found.XTestGoFiles) == 0 {
			fmt.Fprintf(os.Stderr, "%s: %v\n", dir, err)
			continue
		}
		source := filepath.Join(runtime.GOROOT(), "src")
		path := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(dir, source), string(filepath.Separator)))
		path = strings.TrimPrefix(path, "vendor/")
		l.print(out, path, dir, append(append([]string{}, found.GoFiles...), found.TestGoFiles...))
		l.print(out, path+"_test", dir, found.XTestGoFiles)
	}
}

// ImportFrom checks the declarations of a package.
func (l *loader) ImportFrom(path, dir string, _ types.ImportMode) (*types.Package, error) {
	found, err := l.context.Import(path, dir, 0)
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if err != nil {
		return nil, err
	}
	if known := l.packages[found.Dir]; known != nil {
		return known, nil
	}
	config := types.Config{Importer: l, IgnoreFuncBodies: true, Error: func(error) {}, FakeImportC: true}
	checked, _ := config.Check(found.ImportPath, l.fset, l.parse(found.Dir, found.GoFiles), nil)
	l.packages[found.Dir] = checked
	return checked, nil
}

func (l *loader) Import(path string) (*types.Package, error) { return l.ImportFrom(path, "", 0) }

func (l *loader) parse(dir string, names []string) []*ast.File {
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(l.fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		files = append(files, file)
	}
	return files
}

func (l *loader) print(out *bufio.Writer, path, dir string, names []string) {
	if len(names) == 0 {
		return
	}
	files := l.parse(dir, names)
	info := &types.Info{
		Defs:      map[*ast.Ident]types.Object{},
		Uses:      map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{},
	}
	head := header{Path: path, Name: files[0].Name.Name, Dir: dir, Imports: map[string]string{}}
	config := types.Config{Importer: l, FakeImportC: true, Error: func(error) { head.Errors++ }}
	checked, _ := config.Check(path, l.fset, files, info)
	for _, imported := range checked.Imports() {
		head.Imports[imported.Path()] = imported.Name()
	}
	index := map[*token.File]int32{}
	for i, name := range names {
		head.Files = append(head.Files, filepath.Join(dir, name))
		index[l.fset.File(files[i].FileStart)] = int32(i)
	}
	at := func(pos token.Pos) (int32, int32) {
		file := l.fset.File(pos)
		number, ok := index[file]
		if !ok {
			return -1, -1
		}
		return number, int32(file.Offset(pos))
	}
	clauses := map[types.Object]token.Pos{}
	for node, object := range info.Implicits {
		if clause, ok := node.(*ast.CaseClause); ok {
			clauses[object] = clause.Pos()
		}
	}
	var rows []int32
	for _, file := range files {
		ast.Inspect(file, func(node ast.Node) bool {
			ident, ok := node.(*ast.Ident)
			if !ok || ident.Name == "_" {
				return true
			}
			code, target := denotes(checked, info, clauses, ident)
			toFile, toOffset := int32(-1), int32(-1)
			if target.IsValid() {
				toFile, toOffset = at(target)
			}
			fromFile, fromOffset := at(ident.Pos())
			rows = append(rows, fromFile, fromOffset, code, toFile, toOffset)
			return true
		})
	}
	text, err := json.Marshal(head)
	if err != nil {
		panic(err)
	}
	var length [4]byte
	binary.LittleEndian.PutUint32(length[:], uint32(len(text)))
	out.Write(length[:])
	out.Write(text)
	binary.LittleEndian.PutUint32(length[:], uint32(len(rows)/5))
	out.Write(length[:])
	bytes := make([]byte, 0, len(rows)*4)
	for _, value := range rows {
		bytes = binary.LittleEndian.AppendUint32(bytes, uint32(value))
	}
	out.Write(bytes)
}

func denotes(pkg *types.Package, info *types.Info, clauses map[types.Object]token.Pos, ident *ast.Ident) (int32, token.Pos) {
	object := info.Uses[ident]
	if object == nil {
		defined, ok := info.Defs[ident]
		if !ok {
			return unresolved, token.NoPos
		}
		if defined == nil {
			return nothing, token.NoPos
		}
		object = defined
	}
	if clause, ok := clauses[object]; ok {
		return implicit, clause
	}
	switch object := object.(type) {
	case *types.PkgName:
		return packageName, object.Pos()
	case *types.Var:
		if object.IsField() {
			return member, object.Pos()
		}
	case *types.Func:
		if object.Signature().Recv() != nil {
			return member, object.Pos()
		}
	}
	switch object.Pkg() {
	case nil:
		return universe, token.NoPos
	case pkg:
		return local, object.Pos()
	}
	return otherPackage, token.NoPos
}
