// Terminating prints, for each function of the given Go files, whether its body ends in a terminating statement by the
// rules of the language: it gives every function a result and listens for "missing return". One line for each, in order
// of position: file, line of the closing brace, and T or -.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"strings"
)

func main() {
	for _, path := range os.Args[1:] {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		result := &ast.FieldList{List: []*ast.Field{{Type: ast.NewIdent("int")}}}
		var braces []token.Pos
		ast.Inspect(file, func(n ast.Node) bool {
			switch f := n.(type) {
			case *ast.FuncDecl:
				if f.Body != nil {
					f.Type.Results = result
					braces = append(braces, f.Body.Rbrace)
				}
			case *ast.FuncLit:
				f.Type.Results = result
				braces = append(braces, f.Body.Rbrace)
			}
			return true
		})
		missing := map[token.Pos]bool{}
		config := types.Config{
			FakeImportC: true,
			Error: func(err error) {
				if e, ok := err.(types.Error); ok && strings.Contains(e.Msg, "missing return") {
					missing[e.Pos] = true
				}
			},
		}
		config.Check("p", fset, []*ast.File{file}, nil)
		for _, brace := range braces {
			verdict := "T"
			if missing[brace] {
				verdict = "-"
			}
			fmt.Println(path, fset.Position(brace).Offset, verdict)
		}
	}
}
