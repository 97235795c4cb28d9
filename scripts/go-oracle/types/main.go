// Command types prints what go/types knows of each expression and each member, for scripts/compare-go-types.ts.
//
//	go run scripts/go-oracle/types/main.go [-C DIR] [-tests] PATTERN…
//
// The packages are those that `go list` finds for the patterns; what they import is checked from source without function
// bodies. Standard output is one record a package, little endian: the length of a JSON header, the header ({"path", "dir",
// "name", "files", "texts"}), the number of expressions and four int32 each (file, start, end, text of the type), the number of members and
// five each (file, offset, key, and file and offset where it is declared, or -1).
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

type listed struct {
	ImportPath, Dir, Name, ForTest string
	GoFiles                        []string
	ImportMap                      map[string]string
	DepOnly, Standard              bool
	Module                         *struct{ Path, Dir, GoVersion string }
}

type header struct {
	Path   string   `json:"path"`
	Name   string   `json:"name"`
	Dir    string   `json:"dir"`
	Module string   `json:"module"`
	Root   string   `json:"root"`
	Files  []string `json:"files"`
	Texts  []string `json:"texts"`
	Errors int      `json:"errors"`
}

func main() {
	dir := flag.String("C", ".", "directory to list packages in")
	tests := flag.Bool("tests", false, "with the packages' tests")
	flag.Parse()
	args := []string{"list", "-e", "-deps", "-json=ImportPath,Dir,Name,ForTest,GoFiles,ImportMap,DepOnly,Standard,Module"}
	if *tests {
		args = append(args, "-test")
	}
	command := exec.Command("go", append(args, flag.Args()...)...)
	command.Dir = *dir
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	fset := token.NewFileSet()
	packages := map[string]*types.Package{"unsafe": types.Unsafe}
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		var pkg listed
		if err := decoder.Decode(&pkg); err == io.EOF {
			break
		} else if err != nil {
			panic(err)
		}
		if pkg.ImportPath == "unsafe" || strings.HasSuffix(pkg.ImportPath, ".test") {
			continue
		}
		check(out, fset, packages, &pkg)
	}
}

type mapped struct {
	packages map[string]*types.Package
	paths    map[string]string
}

func (m mapped) Import(path string) (*types.Package, error) {
	if other, ok := m.paths[path]; ok {
		path = other
	}
	if pkg := m.packages[path]; pkg != nil {
		return pkg, nil
	}
	return nil, fmt.Errorf("%s is not there", path)
}

func check(out *bufio.Writer, fset *token.FileSet, packages map[string]*types.Package, pkg *listed) {
	var files []*ast.File
	head := header{Name: pkg.Name, Dir: pkg.Dir, Module: "std", Root: ""}
	if pkg.Module != nil {
		head.Module, head.Root = pkg.Module.Path, pkg.Module.Dir
	}
	index := map[*token.File]int32{}
	for i, name := range pkg.GoFiles {
		if !filepath.IsAbs(name) {
			name = filepath.Join(pkg.Dir, name)
		}
		file, _ := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		files = append(files, file)
		index[fset.File(file.FileStart)] = int32(i)
		head.Files = append(head.Files, name)
	}
	path, _, _ := strings.Cut(pkg.ImportPath, " ")
	head.Path = path
	info := &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	if pkg.DepOnly {
		info = nil
	}
	config := types.Config{
		Importer:         mapped{packages, pkg.ImportMap},
		IgnoreFuncBodies: pkg.DepOnly,
		FakeImportC:      true,
		Sizes:            types.SizesFor("gc", "amd64"),
		Error:            func(error) { head.Errors++ },
	}
	if pkg.Module != nil && pkg.Module.GoVersion != "" {
		config.GoVersion = "go" + pkg.Module.GoVersion
	}
	checked, _ := config.Check(path, fset, files, info)
	packages[pkg.ImportPath] = checked
	if info != nil {
		print(out, fset, &head, checked, index, files, info)
	}
}

func print(out *bufio.Writer, fset *token.FileSet, head *header, pkg *types.Package, index map[*token.File]int32, files []*ast.File, info *types.Info) {
	texts := map[string]int32{}
	number := func(text string) int32 {
		known, ok := texts[text]
		if !ok {
			known = int32(len(head.Texts))
			texts[text] = known
			head.Texts = append(head.Texts, text)
		}
		return known
	}
	at := func(pos token.Pos) (int32, int32) {
		file := fset.File(pos)
		if file == nil {
			return -1, -1
		}
		known, ok := index[file]
		if !ok {
			return -1, -1
		}
		return known, int32(file.Offset(pos))
	}
	known := map[types.Type]int32{}
	var expressions, members []int32
	written := map[ast.Node]bool{}
	for _, file := range files {
		ast.Inspect(file, func(node ast.Node) bool {
			written[node] = true
			return true
		})
	}
	for expression, value := range info.Types {
		// x++ is checked as x += 1 with a 1 that nobody wrote.
		if value.IsBuiltin() || !written[expression] {
			continue
		}
		of := value.Type
		if tuple, ok := of.(*types.Tuple); ok && tuple.Len() > 0 {
			// v, ok: the expression's own type.
			if _, call := ast.Unparen(expression).(*ast.CallExpr); !call {
				of = tuple.At(0).Type()
			}
		}
		code, ok := known[of]
		if !ok {
			code = number(textOf(of))
			known[of] = code
		}
		if value.IsVoid() {
			code = number("()")
		}
		file, start := at(expression.Pos())
		_, end := at(expression.End())
		if file >= 0 && end >= 0 {
			expressions = append(expressions, file, start, end, code)
		}
	}
	for ident, object := range info.Uses {
		key := ""
		switch object := object.(type) {
		case *types.Var:
			if !object.IsField() {
				continue
			}
			key = "field " + object.Name()
		case *types.Func:
			receiver := object.Signature().Recv()
			if receiver == nil {
				continue
			}
			key = "method " + receiverText(receiver.Type()) + "." + object.Name()
		default:
			continue
		}
		file, offset := at(ident.Pos())
		toFile, toOffset := at(object.Pos())
		members = append(members, file, offset, number(key), toFile, toOffset)
	}
	text, err := json.Marshal(head)
	if err != nil {
		panic(err)
	}
	block := func(length int, bytes []byte) {
		var size [4]byte
		binary.LittleEndian.PutUint32(size[:], uint32(length))
		out.Write(size[:])
		out.Write(bytes)
	}
	block(len(text), text)
	block(len(expressions)/4, littleEndian(expressions))
	block(len(members)/5, littleEndian(members))
}

func littleEndian(values []int32) []byte {
	bytes := make([]byte, 0, len(values)*4)
	for _, value := range values {
		bytes = binary.LittleEndian.AppendUint32(bytes, uint32(value))
	}
	return bytes
}

// receiverText is the path and name of a receiver's base type, '?' for types without a name.
func receiverText(receiver types.Type) string {
	receiver = types.Unalias(receiver)
	if pointer, ok := receiver.(*types.Pointer); ok {
		receiver = types.Unalias(pointer.Elem())
	}
	named, ok := receiver.(*types.Named)
	if !ok {
		return "?"
	}
	if named.Obj().Pkg() == nil {
		return named.Obj().Name()
	}
	return named.Obj().Pkg().Path() + "." + named.Obj().Name()
}

func textOf(of types.Type) string {
	var text strings.Builder
	write(&text, of, 0)
	return text.String()
}

// write prints types as src/golang/types/text.ts does: no names of parameters, whole method sets, uint8 and int32.
func write(to *strings.Builder, of types.Type, depth int) {
	if depth > 40 {
		to.WriteString("…")
		return
	}
	part := func(of types.Type) { write(to, of, depth+1) }
	switch of := types.Unalias(of).(type) {
	case *types.Basic:
		switch of.Kind() {
		case types.Uint8:
			to.WriteString("uint8")
		case types.Int32:
			to.WriteString("int32")
		case types.UnsafePointer:
			to.WriteString("unsafe.Pointer")
		case types.Invalid:
			to.WriteString("invalid")
		default:
			to.WriteString(of.Name())
		}
	case *types.Pointer:
		to.WriteString("*")
		part(of.Elem())
	case *types.Slice:
		to.WriteString("[]")
		part(of.Elem())
	case *types.Array:
		to.WriteString("[" + strconv.FormatInt(of.Len(), 10) + "]")
		part(of.Elem())
	case *types.Map:
		to.WriteString("map[")
		part(of.Key())
		to.WriteString("]")
		part(of.Elem())
	case *types.Chan:
		switch of.Dir() {
		case types.SendOnly:
			to.WriteString("chan<- ")
		case types.RecvOnly:
			to.WriteString("<-chan ")
		default:
			to.WriteString("chan ")
			if inner, ok := types.Unalias(of.Elem()).(*types.Chan); ok && inner.Dir() == types.RecvOnly {
				to.WriteString("(")
				part(of.Elem())
				to.WriteString(")")
				return
			}
		}
		part(of.Elem())
	case *types.Struct:
		to.WriteString("struct{")
		for i := range of.NumFields() {
			if i > 0 {
				to.WriteString("; ")
			}
			field := of.Field(i)
			if !field.Embedded() {
				to.WriteString(field.Name() + " ")
			}
			part(field.Type())
			if of.Tag(i) != "" {
				to.WriteString(" " + tagText(of.Tag(i)))
			}
		}
		to.WriteString("}")
	case *types.Signature:
		to.WriteString("func")
		signature(to, of, depth)
	case *types.Interface:
		members(to, of, depth)
	case *types.Tuple:
		to.WriteString("(")
		for i := range of.Len() {
			if i > 0 {
				to.WriteString(", ")
			}
			part(of.At(i).Type())
		}
		to.WriteString(")")
	case *types.Named:
		if pkg := of.Obj().Pkg(); pkg != nil {
			to.WriteString(pkg.Path() + ".")
		}
		to.WriteString(of.Obj().Name())
		if args := of.TypeArgs(); args.Len() > 0 {
			to.WriteString("[")
			for i := range args.Len() {
				if i > 0 {
					to.WriteString(",")
				}
				part(args.At(i))
			}
			to.WriteString("]")
		}
	case *types.TypeParam:
		to.WriteString(of.Obj().Name())
	case *types.Union:
		to.WriteString("union")
	case nil:
		to.WriteString("nil")
	default:
		to.WriteString(of.String())
	}
}

func tagText(tag string) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(tag); err != nil {
		panic(err)
	}
	return strings.TrimSpace(text.String())
}

func signature(to *strings.Builder, of *types.Signature, depth int) {
	to.WriteString("(")
	for i := range of.Params().Len() {
		if i > 0 {
			to.WriteString(", ")
		}
		parameter := types.Unalias(of.Params().At(i).Type())
		if of.Variadic() && i == of.Params().Len()-1 {
			if slice, ok := parameter.(*types.Slice); ok {
				to.WriteString("...")
				write(to, slice.Elem(), depth+1)
			} else {
				write(to, parameter, depth+1)
				to.WriteString("...")
			}
			continue
		}
		write(to, parameter, depth+1)
	}
	to.WriteString(")")
	results := of.Results()
	if results.Len() > 0 {
		to.WriteString(" ")
	}
	if results.Len() > 1 {
		to.WriteString("(")
	}
	for i := range results.Len() {
		if i > 0 {
			to.WriteString(", ")
		}
		write(to, results.At(i).Type(), depth+1)
	}
	if results.Len() > 1 {
		to.WriteString(")")
	}
}

// members prints an interface: methods sorted by name, comparable, and unions, embedded ones included.
func members(to *strings.Builder, of *types.Interface, depth int) {
	var all []string
	for i := range of.NumMethods() {
		method := of.Method(i)
		var text strings.Builder
		text.WriteString(method.Name())
		signature(&text, method.Signature(), depth)
		all = append(all, text.String())
	}
	sort.Slice(all, func(i, j int) bool { return name(all[i]) < name(all[j]) })
	var unions []string
	comparable := false
	collect(of, depth, &unions, &comparable)
	if comparable {
		all = append(all, "comparable")
	}
	all = append(all, unions...)
	if len(all) == 0 {
		to.WriteString("any")
		return
	}
	to.WriteString("interface{" + strings.Join(all, "; ") + "}")
}

func name(member string) string {
	name, _, _ := strings.Cut(member, "(")
	return name
}

func collect(of *types.Interface, depth int, unions *[]string, comparable *bool) {
	for i := range of.NumEmbeddeds() {
		embedded := types.Unalias(of.EmbeddedType(i))
		if named, ok := embedded.(*types.Named); ok && named.Obj().Pkg() == nil && named.Obj().Name() == "comparable" {
			*comparable = true
			continue
		}
		if inner, ok := embedded.Underlying().(*types.Interface); ok {
			collect(inner, depth, unions, comparable)
			continue
		}
		*unions = append(*unions, strings.Join(terms(embedded, depth), "|"))
	}
}

func terms(of types.Type, depth int) []string {
	union, ok := types.Unalias(of).(*types.Union)
	if !ok {
		if inner, ok := of.Underlying().(*types.Interface); ok && inner.NumEmbeddeds() == 1 {
			return terms(inner.EmbeddedType(0), depth)
		}
		var text strings.Builder
		write(&text, of, depth+1)
		return []string{text.String()}
	}
	var all []string
	for i := range union.Len() {
		term := union.Term(i)
		inner := terms(term.Type(), depth)
		if term.Tilde() {
			inner[0] = "~" + inner[0]
		}
		all = append(all, inner...)
	}
	return all
}
