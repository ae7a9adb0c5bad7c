package rewrite

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

func TestEditsNest(t *testing.T) {
	e := &edits{source: []byte("ab cd\nef")}
	e.wrap(0, 8, "[", "]")   // the whole, outermost
	e.wrap(0, 2, "(", ")")   // outer of two with one range
	e.wrap(0, 2, "<", ">")   // inner
	e.wrap(0, 5, "{", "}")   // between the whole and ab
	e.insert(5, "!")         // after what ends at 5
	e.replace(2, 3, "_")     // the blank
	e.replace(5, 6, ";")     // keeps its newline
	e.wrap(6, 8, "\"", "\"") // begins where a replacement ended
	if got, want := e.render(0, 8), "[{(<ab>)_cd}!;\n\"ef\"]"; got != want {
		t.Errorf("render is %q, want %q", got, want)
	}
	if got, want := e.render(0, 2), "(<ab>)"; got != want {
		t.Errorf("a part is %q, want %q", got, want)
	}
}

// What a replaced range contained is gone there, and still there when rendered by itself.
func TestEditsInsideReplaced(t *testing.T) {
	e := &edits{source: []byte("case f(x): y")}
	e.replace(0, 10, "default:")
	e.wrap(5, 9, "<", ">")
	if got, want := e.render(0, 12), "default: y"; got != want {
		t.Errorf("render is %q, want %q", got, want)
	}
	if got, want := e.render(5, 9), "<f(x)>"; got != want {
		t.Errorf("the moved part is %q, want %q", got, want)
	}
}

func TestJoin(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"f(a, b)", "f(a, b)"},
		{"f(\n\ta,\n)", "f( /*line :8:2*/a, /*line :9:1*/)"},
		{"func() {\n  x() // why\n  y()\n}", "func() { /*line :8:3*/x(); /*line :9:3*/y(); /*line :10:1*/}"},
		{"g(`a\nb` + c)", `g("a\nb" /*line :8:1*/+ c)`},
		{"struct {\n\ta int\n}{1}", "struct { /*line :8:2*/a int; /*line :9:1*/}{1}"},
	} {
		if got := join(test.text, 7, true); got != test.want {
			t.Errorf("join(%q) is\n%s, want\n%s", test.text, got, test.want)
		}
	}
	if got := join("f(\n\ta)", 7, false); strings.Contains(got, "line") || strings.Contains(got, "\n") {
		t.Errorf("join without positions is %q", got)
	}
}

// As `go run -gcflags=-l` of Go 1.26 prints them.
func TestFunctionNames(t *testing.T) {
	source := `package p
var a = func() int { return 1 }()
var b, c = func() { func() {}() }, func() {}
func (t *T) P() { func() { func() { func() {}() }() }(); func() {}() }
func (T) V() { func() {}() }
func (*G[X]) P() { func() {}() }
func F[X any]() { go func() {}() }
func init() { func() {}() }
func init() {}`
	syntax, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := functionNames([]*parsedFile{{syntax: syntax}})
	var got []string
	ast.Inspect(syntax, func(n ast.Node) bool {
		if name := names[n]; name != "" {
			got = append(got, name)
		}
		return true
	})
	want := []string{
		"init.func1", "init.func2", "init.func2.1", "init.func3",
		"(*T).P", "(*T).P.func1", "(*T).P.func1.1", "(*T).P.func1.1.1", "(*T).P.func2",
		"T.V", "T.V.func1", "(*G[...]).P", "(*G[...]).P.func1", "F[...]", "F[...].func1", "init.0", "init.0.func1", "init.1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
}
