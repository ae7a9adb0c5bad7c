package rewrite

import (
	"go/ast"
	"strconv"
	"strings"
)

// functionNames gives every function of a package the name that Go prints in stacks, without the package:
// `(*Manager).Start`, `TestX.func1`, `TestX.func1.2`, `Map[...]`, `init.0`. Literals outside functions are
// `init.func1`. Where Go inlines a function its literals get longer names in the copy; these are not known here.
func functionNames(files []*parsedFile) map[ast.Node]string {
	names := map[ast.Node]string{}
	outside, initialisers := 0, 0
	for _, file := range files {
		for _, declaration := range file.syntax.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok {
				nameLiterals(declaration, "init.func", &outside, names)
				continue
			}
			name := declaredName(function)
			if name == "init" {
				name += "." + strconv.Itoa(initialisers)
				initialisers++
			}
			names[function] = name
			inside := 0
			if function.Body != nil {
				nameLiterals(function.Body, name+".func", &inside, names)
			}
		}
	}
	return names
}

func nameLiterals(root ast.Node, prefix string, count *int, names map[ast.Node]string) {
	ast.Inspect(root, func(n ast.Node) bool {
		literal, ok := n.(*ast.FuncLit)
		if !ok {
			return true
		}
		*count++
		name := prefix + strconv.Itoa(*count)
		names[literal] = name
		inner := 0
		nameLiterals(literal.Body, name+".", &inner, names)
		return false
	})
}

func declaredName(function *ast.FuncDecl) string {
	name := function.Name.Name
	if function.Recv == nil || len(function.Recv.List) == 0 {
		if function.Type.TypeParams != nil {
			name += "[...]"
		}
		return name
	}
	receiver := ast.Unparen(function.Recv.List[0].Type)
	star, pointer := receiver.(*ast.StarExpr)
	if pointer {
		receiver = ast.Unparen(star.X)
	}
	typeName := ""
	switch t := receiver.(type) {
	case *ast.Ident:
		typeName = t.Name
	case *ast.IndexExpr:
		typeName = identName(t.X) + "[...]"
	case *ast.IndexListExpr:
		typeName = identName(t.X) + "[...]"
	}
	if pointer {
		return "(*" + typeName + ")." + name
	}
	return typeName + "." + name
}

func identName(e ast.Expr) string {
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// shortened collapses white space and cuts what is longer than 60 characters.
func shortened(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if letters := []rune(text); len(letters) > 60 {
		return string(letters[:59]) + "…"
	}
	return text
}
