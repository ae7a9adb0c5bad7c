package rewrite

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A rechecker type-checks rewritten packages against the runtime's own source, so that a rewriting that
// Go would refuse is dropped before it can break a build. What the packages import stays as it was
// checked first: no rewriting changes what a package exports.
type rechecker struct {
	checker *checker
	runtime *types.Package // nil when it could not be checked: then only the syntax is verified
}

// runtimeImports are the packages that the runtime's source needs.
func runtimeImports(files fs.FS) []string {
	var paths []string
	for _, name := range runtimeFiles(files) {
		text, _ := fs.ReadFile(files, name)
		syntax, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, spec := range syntax.Imports {
			if imported, err := strconv.Unquote(spec.Path.Value); err == nil {
				paths = append(paths, imported)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func runtimeFiles(files fs.FS) []string {
	names, _ := fs.Glob(files, "*.go")
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
}

func newRechecker(c *checker, files fs.FS) *rechecker {
	var syntax []*ast.File
	for _, name := range runtimeFiles(files) {
		text, _ := fs.ReadFile(files, name)
		if !c.program.selects(name, text) {
			continue
		}
		file, err := parser.ParseFile(c.set, path.Join("lockstep", name), text, parser.SkipObjectResolution)
		if err != nil {
			return &rechecker{checker: c}
		}
		syntax = append(syntax, file)
	}
	failed := false
	config := &types.Config{
		Importer:         c.exports,
		IgnoreFuncBodies: true,
		Sizes:            c.program.sizes,
		Error:            func(error) { failed = true },
	}
	checked, _ := config.Check("lockstep", c.set, syntax, nil)
	if failed {
		checked = nil
	}
	return &rechecker{c, checked}
}

// broken gives the first error in each file of the unit that does not compile with its new text; the
// empty path stands for files that were not touched.
func (r *rechecker) broken(u *unit, texts map[string]string) map[string]string {
	set := r.checker.set
	problems := map[string]string{}
	var syntax []*ast.File
	owner := map[*token.File]string{}
	for _, file := range u.files {
		text, changed := texts[file.path]
		if !changed {
			syntax = append(syntax, file.syntax)
			continue
		}
		parsed, err := parser.ParseFile(set, file.path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			problems[file.path] = err.Error()
			continue
		}
		owner[set.File(parsed.FileStart)] = file.path
		syntax = append(syntax, parsed)
	}
	if len(problems) > 0 || r.runtime == nil || len(texts) == 0 {
		return problems
	}
	config := u.config(r.checker.program, importerFunc(func(path string) (*types.Package, error) {
		if path == "lockstep" {
			return r.runtime, nil
		}
		if original, ok := strings.CutPrefix(path, "lockstep/"); ok && r.checker.program.adopted[original] {
			path = original
		}
		return r.checker.imported(u.listed, path, nil)
	}))
	config.Error = func(err error) {
		var problem types.Error
		if !errors.As(err, &problem) {
			return
		}
		path := owner[set.File(problem.Pos)]
		if _, known := problems[path]; !known {
			problems[path] = problem.Msg
		}
	}
	config.Check(u.listed.PkgPath, set, syntax, nil)
	return problems
}

// config is how a unit is checked, first and again.
func (u *unit) config(p *program, importer types.Importer) *types.Config {
	config := &types.Config{Importer: importer, FakeImportC: true, Sizes: p.sizes}
	if u.listed.Module != nil && u.listed.Module.GoVersion != "" {
		config.GoVersion = "go" + u.listed.Module.GoVersion
	}
	return config
}
