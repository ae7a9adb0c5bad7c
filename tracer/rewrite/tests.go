package rewrite

import (
	"go/ast"
	"go/types"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isTest: what `go test` runs as a test.
func isTest(d *ast.FuncDecl, info *types.Info, path string) bool {
	if d.Recv != nil || d.Body == nil || d.Type.TypeParams != nil || !strings.HasSuffix(path, "_test.go") {
		return false
	}
	rest, ok := strings.CutPrefix(d.Name.Name, "Test")
	if !ok {
		return false
	}
	if first, _ := utf8.DecodeRuneInString(rest); rest != "" && unicode.IsLower(first) {
		return false
	}
	f, ok := info.Defs[d.Name].(*types.Func)
	if !ok || f.Signature().Params().Len() != 1 || f.Signature().Results().Len() != 0 {
		return false
	}
	return f.Signature().Params().At(0).Type().String() == "*testing.T"
}

// testFunction lets a run begin with the test function and end with it.
func (w *walker) testFunction(d *ast.FuncDecl) {
	if !isTest(d, w.info, w.file.path) {
		return
	}
	parameter := d.Type.Params.List[0]
	name := "__lockstep_t"
	switch {
	case len(parameter.Names) == 0:
		w.insert(w.offset(parameter.Type.Pos()), name+" ")
	case parameter.Names[0].Name == "_":
		w.replace(w.offset(parameter.Names[0].Pos()), w.offset(parameter.Names[0].End()), name)
	default:
		name = parameter.Names[0].Name
	}
	id := w.site(d.Name.Pos(), "start", d.Name.Name)
	w.insert(w.offset(d.Body.Lbrace)+1, " defer __lockstep.Test("+id+", "+name+", \""+d.Name.Name+"\").Return();")
}

// testsOf lists the test functions of a unit in source order.
func testsOf(u *unit, c *checker) []Test {
	var tests []Test
	for _, file := range u.files {
		for _, declaration := range file.syntax.Decls {
			if d, ok := declaration.(*ast.FuncDecl); ok && isTest(d, u.info, file.path) {
				at := c.set.PositionFor(d.Name.Pos(), false)
				tests = append(tests, Test{d.Name.Name, at.Filename, at.Line, at.Column})
			}
		}
	}
	return tests
}
