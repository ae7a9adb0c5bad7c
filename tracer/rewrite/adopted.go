package rewrite

import (
	"path"
	"path/filepath"

	"golang.org/x/tools/go/packages"
)

// Packages of other modules that start goroutines and wait on the user's behalf. Files of the module cache
// cannot be overlaid, so a rewritten copy stands at GOROOT/src/lockstep/<path>, and the user's import
// declarations lead there. They import nothing but the standard library.
var adoptable = map[string]bool{
	"golang.org/x/sync/errgroup":     true,
	"golang.org/x/sync/semaphore":    true,
	"golang.org/x/sync/singleflight": true,
}

func adoptedPath(importPath string) string { return path.Join("lockstep", importPath) }

// adopt decides which of them to replace. A third package that uses one may exchange values of its types
// with the user's packages, which then would no longer fit: then it stays.
func (p *program) adopt() {
	p.adopted = map[string]bool{}
	refused := map[string]bool{}
	for _, q := range p.all {
		for _, imported := range q.Imports {
			switch {
			case !adoptable[imported.PkgPath] || p.mine(imported) || p.isDependency(imported):
			case p.mine(q) && q.Imports["runtime/cgo"] == nil:
				p.adopted[imported.PkgPath] = true
			case !isTestMain(q):
				refused[imported.PkgPath] = true
			}
		}
	}
	for path := range refused {
		p.adopted[path] = false
	}
}

func (p *program) isAdopted(q *packages.Package) bool {
	return p.adopted[q.PkgPath] && q.ID == q.PkgPath
}

// adopt leads the import declarations of a file to the adopted packages.
func (w *walker) adopt() {
	for _, spec := range w.file.syntax.Imports {
		original := importPath(spec)
		adopted, known := w.adopted[original]
		if !known {
			continue
		}
		if !adopted {
			w.leave(spec.Pos(), "%s is not controlled, because another package uses it too (unless it is named as a dependency to control)", original)
			continue
		}
		text := `"` + adoptedPath(original) + `"`
		if spec.Name == nil {
			text = path.Base(original) + " " + text
		}
		w.replace(w.offset(spec.Path.Pos()), w.offset(spec.Path.End()), text)
	}
}

// adoptedText is the text of an adopted file with a line directive that keeps its path.
func adoptedText(file *parsedFile, text string) string {
	if text == "" {
		text = string(file.source)
	}
	return "//line " + file.path + ":1\n" + text
}

// adopted puts a file of an adopted package where its new import path leads.
func (o *overlay) adopted(goroot, importPath, original, text string) error {
	at := adoptedPath(importPath)
	return o.put(filepath.Join(goroot, "src", filepath.FromSlash(at), filepath.Base(original)), at, original, text)
}
