package rewrite

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io"
	"os"

	"golang.org/x/tools/go/packages"
)

// A checker type-checks packages from source, in the variants the go command distinguishes. A file is
// parsed once and shared between variants, so that the position of a declaration identifies it in all.
type checker struct {
	program *program
	set     *token.FileSet
	files   map[string]*parsedFile
	units   map[string]*unit // by package ID
	exports types.Importer   // of what is not checked from source
}

type parsedFile struct {
	path   string
	source []byte
	syntax *ast.File
	err    error
}

// A unit is one variant of a package, checked.
type unit struct {
	listed *packages.Package
	files  []*parsedFile
	types  *types.Package
	info   *types.Info
	errors []SourceError
}

func newChecker(p *program) *checker {
	set := token.NewFileSet()
	return &checker{p, set, map[string]*parsedFile{}, map[string]*unit{}, importer.ForCompiler(set, "gc", p.exported)}
}

func (c *checker) parse(path string) *parsedFile {
	if f := c.files[path]; f != nil {
		return f
	}
	f := &parsedFile{path: path}
	where := path
	if backing := c.program.replaced[path]; backing != "" {
		where = backing
	}
	f.source, f.err = os.ReadFile(where)
	if f.err == nil {
		f.syntax, f.err = parser.ParseFile(c.set, path, f.source, parser.ParseComments|parser.SkipObjectResolution)
	}
	c.files[path] = f
	return f
}

// check gives the unit of a listed package, and makes the units of what it imports on the way.
// Function bodies are looked at only in the variants that will be rewritten.
func (c *checker) check(q *packages.Package, bodies map[string]bool) *unit {
	if u := c.units[q.ID]; u != nil {
		return u
	}
	u := &unit{listed: q, info: &types.Info{
		Types:        map[ast.Expr]types.TypeAndValue{},
		Instances:    map[*ast.Ident]types.Instance{},
		Defs:         map[*ast.Ident]types.Object{},
		Uses:         map[*ast.Ident]types.Object{},
		Implicits:    map[ast.Node]types.Object{},
		Selections:   map[*ast.SelectorExpr]*types.Selection{},
		FileVersions: map[*ast.File]string{},
	}}
	c.units[q.ID] = u
	var syntax []*ast.File
	for _, path := range q.GoFiles {
		f := c.parse(path)
		if f.err != nil {
			u.errors = append(u.errors, parseErrors(f)...)
		}
		if f.syntax != nil {
			u.files = append(u.files, f)
			syntax = append(syntax, f.syntax)
		}
	}
	config := u.config(c.program, importerFunc(func(path string) (*types.Package, error) { return c.imported(q, path, bodies) }))
	config.IgnoreFuncBodies = !bodies[q.ID]
	config.Error = func(err error) {
		var problem types.Error
		if errors.As(err, &problem) {
			u.errors = append(u.errors, located(problem.Fset.Position(problem.Pos), problem.Msg))
		}
	}
	u.types, _ = config.Check(q.PkgPath, c.set, syntax, u.info)
	return u
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

func (c *checker) imported(by *packages.Package, path string, bodies map[string]bool) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	q := by.Imports[path]
	if q == nil {
		return nil, fmt.Errorf("could not import %s", path)
	}
	if c.program.mine(q) {
		return c.check(q, bodies).types, nil
	}
	// What it imports from the user's modules (possible in a workspace) has to be the checked package.
	if c.program.aboveMine(q) {
		return c.check(q, bodies).types, nil
	}
	return c.exports.Import(q.PkgPath)
}

// exported opens export data for the importer of the standard library, which is of the same Go as what wrote it.
func (p *program) exported(path string) (io.ReadCloser, error) {
	name := p.exports[path]
	if name == "" {
		return nil, fmt.Errorf("could not import %s: it does not compile or is missing", path)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("could not import %s: its export data is gone from the build cache", path)
	}
	return file, nil
}

func located(at token.Position, message string) SourceError {
	return SourceError{File: at.Filename, Line: at.Line, Column: at.Column, Message: message}
}

func parseErrors(f *parsedFile) []SourceError {
	var list scanner.ErrorList
	if errors.As(f.err, &list) {
		var out []SourceError
		for _, e := range list {
			out = append(out, located(e.Pos, e.Msg))
		}
		return out
	}
	return []SourceError{{File: f.path, Message: f.err.Error()}}
}
