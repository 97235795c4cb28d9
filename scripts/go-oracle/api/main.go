// Command api writes what packages of the standard library declare, as Go declarations without bodies:
//
//	go run scripts/go-oracle/api/main.go > src/golang/types/standard-api.ts
//
// It prints from go/types, not from source: exported objects, and the unexported types that these embed or mention. A
// struct with fields that are left out ends in a field of an undeclared type, so that its size is not known.
package main

import (
	"fmt"
	"go/constant"
	"go/importer"
	"go/token"
	"go/types"
	"os"
	"sort"
	"strconv"
	"strings"
)

const packages = `archive/tar archive/zip bufio bytes cmp compress/flate compress/gzip compress/zlib container/heap
container/list context crypto/tls database/sql encoding/base64 encoding/binary encoding/csv encoding/gob encoding/hex
encoding/json encoding/xml errors expvar flag fmt hash html/template io io/fs io/ioutil iter log log/slog maps math
math/rand math/rand/v2 mime/multipart net net/http net/http/httptest net/http/httputil net/rpc net/smtp net/textproto
net/url os os/exec os/signal path path/filepath reflect regexp runtime runtime/debug runtime/pprof runtime/trace slices
sort strconv strings sync sync/atomic testing text/template time unicode/utf8 unique weak`

func main() {
	source := importer.ForCompiler(token.NewFileSet(), "source", nil)
	fmt.Println("/**")
	fmt.Println(" * What packages of the standard library declare, for machines without a Go tree. Written by scripts/go-oracle/api,")
	fmt.Println(" * which says what is left out; not to be edited.")
	fmt.Println(" */")
	fmt.Println("export const STANDARD_API: ReadonlyMap<string, string> = new Map([")
	for _, path := range strings.Fields(packages) {
		pkg, err := source.Import(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		p := &printer{pkg: pkg, imports: map[string]bool{}, done: map[types.Object]bool{}}
		text := strings.ReplaceAll(p.declarations(), "\\", "\\\\")
		fmt.Printf("  [\n    '%s',\n    `%s`,\n  ],\n", path, text)
	}
	fmt.Println("]);")
}

type printer struct {
	pkg     *types.Package
	imports map[string]bool
	done    map[types.Object]bool
	todo    []*types.TypeName
	lines   []string
}

func (p *printer) line(format string, args ...any) {
	p.lines = append(p.lines, fmt.Sprintf(format, args...))
}

func (p *printer) declarations() string {
	scope := p.pkg.Scope()
	for _, name := range scope.Names() {
		object := scope.Lookup(name)
		if !object.Exported() {
			continue
		}
		switch object := object.(type) {
		case *types.Const:
			p.constant(object)
		case *types.Var:
			p.line("var %s %s", name, p.text(object.Type()))
		case *types.Func:
			p.line("func %s%s", name, p.signature(object.Signature(), p.parameters(object.Signature().TypeParams())))
		case *types.TypeName:
			p.typeName(object)
		}
	}
	for len(p.todo) > 0 {
		next := p.todo[0]
		p.todo = p.todo[1:]
		p.typeName(next)
	}
	head := []string{"package " + p.pkg.Name()}
	var paths []string
	for path := range p.imports {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		head = append(head, "import "+strconv.Quote(path))
	}
	return strings.Join(append(head, p.lines...), "\n")
}

func (p *printer) constant(object *types.Const) {
	value := object.Val()
	text := value.ExactString()
	if value.Kind() == constant.Float || value.Kind() == constant.Complex {
		float, _ := constant.Float64Val(value)
		text = strconv.FormatFloat(float, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
	}
	if basic, ok := object.Type().(*types.Basic); ok && basic.Info()&types.IsUntyped != 0 {
		if basic.Kind() == types.UntypedRune {
			code, _ := constant.Int64Val(value)
			text = fmt.Sprintf("'\\U%08x'", code)
		}
		p.line("const %s = %s", object.Name(), text)
		return
	}
	p.line("const %s %s = %s", object.Name(), p.text(object.Type()), text)
}

func (p *printer) typeName(object *types.TypeName) {
	if p.done[object] {
		return
	}
	p.done[object] = true
	if alias, ok := object.Type().(*types.Alias); ok {
		p.line("type %s%s = %s", object.Name(), p.parameters(alias.TypeParams()), p.text(alias.Rhs()))
		return
	}
	named, ok := object.Type().(*types.Named)
	if !ok {
		return
	}
	p.line("type %s%s %s", object.Name(), p.parameters(named.TypeParams()), p.text(named.Underlying()))
	for i := range named.NumMethods() {
		method := named.Method(i)
		if !method.Exported() {
			continue
		}
		receiver := method.Signature().Recv().Type()
		star := ""
		if pointer, ok := receiver.(*types.Pointer); ok {
			star, receiver = "*", pointer.Elem()
		}
		names := ""
		if list := method.Signature().RecvTypeParams(); list.Len() > 0 {
			var all []string
			for i := range list.Len() {
				all = append(all, list.At(i).Obj().Name())
			}
			names = "[" + strings.Join(all, ",") + "]"
		}
		p.line("func (%s%s%s) %s%s", star, object.Name(), names, method.Name(), p.signature(method.Signature(), ""))
	}
}

func (p *printer) parameters(list *types.TypeParamList) string {
	if list.Len() == 0 {
		return ""
	}
	var all []string
	for i := range list.Len() {
		all = append(all, list.At(i).Obj().Name()+" "+p.text(list.At(i).Constraint()))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func (p *printer) signature(of *types.Signature, typeParameters string) string {
	var parameters, results []string
	for i := range of.Params().Len() {
		text := p.text(of.Params().At(i).Type())
		if of.Variadic() && i == of.Params().Len()-1 {
			text = "..." + strings.TrimPrefix(text, "[]")
		}
		parameters = append(parameters, text)
	}
	for i := range of.Results().Len() {
		results = append(results, p.text(of.Results().At(i).Type()))
	}
	text := typeParameters + "(" + strings.Join(parameters, ", ") + ")"
	switch len(results) {
	case 0:
		return text
	case 1:
		return text + " " + results[0]
	}
	return text + " (" + strings.Join(results, ", ") + ")"
}

func (p *printer) text(of types.Type) string {
	switch of := of.(type) {
	case *types.Basic:
		return of.String()
	case *types.Alias:
		return p.name(of.Obj(), of.TypeArgs())
	case *types.Named:
		return p.name(of.Obj(), of.TypeArgs())
	case *types.TypeParam:
		return of.Obj().Name()
	case *types.Pointer:
		return "*" + p.text(of.Elem())
	case *types.Slice:
		return "[]" + p.text(of.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", of.Len(), p.text(of.Elem()))
	case *types.Map:
		return "map[" + p.text(of.Key()) + "]" + p.text(of.Elem())
	case *types.Chan:
		direction := map[types.ChanDir]string{types.SendRecv: "chan ", types.SendOnly: "chan<- ", types.RecvOnly: "<-chan "}
		return direction[of.Dir()] + "(" + p.text(of.Elem()) + ")"
	case *types.Signature:
		return "func" + p.signature(of, "")
	case *types.Struct:
		return p.structure(of)
	case *types.Interface:
		return p.union(of)
	case *types.Union:
		var terms []string
		for i := range of.Len() {
			tilde := ""
			if of.Term(i).Tilde() {
				tilde = "~"
			}
			terms = append(terms, tilde+p.text(of.Term(i).Type()))
		}
		return strings.Join(terms, " | ")
	}
	return "opaque"
}

func (p *printer) structure(of *types.Struct) string {
	var fields []string
	left := false
	for i := range of.NumFields() {
		field := of.Field(i)
		switch {
		case field.Embedded():
			fields = append(fields, p.text(field.Type()))
		case field.Exported():
			fields = append(fields, field.Name()+" "+p.text(field.Type()))
		default:
			left = true
		}
	}
	if left {
		fields = append(fields, "_ opaque")
	}
	return "struct{" + strings.Join(fields, "; ") + "}"
}

func (p *printer) union(of *types.Interface) string {
	if of.NumExplicitMethods()+of.NumEmbeddeds() == 0 {
		return "any"
	}
	var members []string
	for i := range of.NumEmbeddeds() {
		members = append(members, p.text(of.EmbeddedType(i)))
	}
	for i := range of.NumExplicitMethods() {
		method := of.ExplicitMethod(i)
		members = append(members, method.Name()+p.signature(method.Signature(), ""))
	}
	return "interface{" + strings.Join(members, "; ") + "}"
}

func (p *printer) name(object *types.TypeName, args *types.TypeList) string {
	text := object.Name()
	switch {
	case object.Pkg() == nil:
	case object.Pkg() != p.pkg:
		if strings.HasPrefix(object.Pkg().Path(), "internal/") || strings.Contains(object.Pkg().Path(), "/internal/") {
			return "opaque"
		}
		p.imports[object.Pkg().Path()] = true
		text = object.Pkg().Name() + "." + text
	case !object.Exported() && object.Parent() == p.pkg.Scope():
		p.todo = append(p.todo, object)
	}
	if args.Len() > 0 {
		var all []string
		for i := range args.Len() {
			all = append(all, p.text(args.At(i)))
		}
		text += "[" + strings.Join(all, ",") + "]"
	}
	return text
}
