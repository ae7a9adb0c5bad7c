package rewrite

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/ast"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Run rewrites the packages that the options name and those of the same modules that they depend on, and
// writes the overlay. The error is one sentence: nothing could be done at all.
func Run(options Options, runtime fs.FS) (*Document, error) {
	program, err := load(options, runtimeImports(runtime))
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(options.Dir)
	if err != nil {
		return nil, fmt.Errorf("the folder %s has no absolute path", options.Dir)
	}
	checker := newChecker(program)
	chosen := program.rewritten()
	if len(chosen) >= blocks {
		return nil, fmt.Errorf("%d packages are more than Lockstep can number", len(chosen))
	}
	bodies, within := map[string]bool{}, map[string]bool{}
	for _, q := range chosen {
		bodies[q.ID], within[q.PkgPath] = true, true
	}
	document := &Document{
		Version: 1, GoVersion: program.goVersion, Packages: []Package{}, Sites: []Site{},
		Uncontrolled: []Uncontrolled{}, Errors: program.listErrors(dir), Inputs: program.inputs(options.Patterns),
		BuildFlags: []string{},
	}
	if options.Race {
		// The detector shall not see the scheduler, whose functions shall not be inlined where it would.
		document.BuildFlags = []string{"-race", "-gcflags=lockstep=-race=false -l"}
	}
	facts := newFacts()
	var units []*unit
	for _, q := range chosen {
		u := checker.check(q, bodies)
		if u.usesC() {
			at := u.files[0].path
			document.Uncontrolled = append(document.Uncontrolled, Uncontrolled{at, 1, 1, "package " + q.PkgPath + " uses cgo and is left alone"})
		} else if len(u.errors) == 0 {
			facts.gather(u)
		} else if len(q.Errors) == 0 && program.mine(q) {
			document.Errors = append(document.Errors, u.errors...)
		}
		units = append(units, u)
	}
	again := newRechecker(checker, runtime)
	output, err := newOverlay(options.Out, program.replaced)
	if err != nil {
		return nil, err
	}
	copied := &copies{program: program, output: output, folders: map[string]string{}}
	hash := sha256.New()
	next := uint32(0)
	for _, u := range units {
		base, level := next, everything
		next += block
		if base >= internal {
			return nil, errors.New("the packages have more operations than Lockstep can number")
		}
		if len(u.errors) > 0 || u.usesC() {
			continue
		}
		foreign := !program.mine(u.listed)
		if foreign {
			level = withoutMemory
		}
		if program.isContext(u.listed) {
			base = internal
		}
		for _, file := range u.files {
			if !foreign {
				fmt.Fprintf(hash, "%s/%s %d\n%s", u.listed.PkgPath, filepath.Base(file.path), len(file.source), file.source)
			}
		}
		work := &unitWork{unit: u, info: u.info, facts: facts, set: checker.set, base: base, adopted: program.adopted, within: within, names: functionNames(u.files)}
		work.settle(again, level)
		if base != internal {
			next = work.sites.next()
		}
		for _, file := range u.files {
			text := work.texts[file.path]
			if program.isAdopted(u.listed) {
				err = output.adopted(program.goroot, u.listed.PkgPath, file.path, adoptedText(file, text))
			} else if text != "" && program.isDependency(u.listed) {
				err = copied.dependency(u.listed, file, text)
			} else if text != "" {
				err = output.file(u.listed.PkgPath, file.path, text)
			}
			if err != nil {
				return nil, err
			}
		}
		document.Sites = append(document.Sites, work.sites.sites...)
		if !foreign || program.isDependency(u.listed) {
			document.Uncontrolled = append(document.Uncontrolled, work.uncontrolled...)
		}
	}
	if err := output.runtime(program.goroot, runtime); err != nil {
		return nil, err
	}
	if err := copied.finish(); err != nil {
		return nil, err
	}
	if document.Overlay, err = output.finish(); err != nil {
		return nil, err
	}
	document.SourceHash = hex.EncodeToString(hash.Sum(nil))
	document.Packages = tested(program, checker, units)
	document.Errors = unique(document.Errors)
	return document, nil
}

// usesC: the compiler sees other files than the user's then, and the user's types cannot be known.
func (u *unit) usesC() bool {
	for _, file := range u.files {
		for _, spec := range file.syntax.Imports {
			if importPath(spec) == "C" {
				return true
			}
		}
	}
	return false
}

func importPath(spec *ast.ImportSpec) string {
	path, _ := strconv.Unquote(spec.Path.Value)
	return path
}

func (work *unitWork) rewriteFile(file *parsedFile, level int) string {
	w := &walker{
		edits: &edits{source: file.source}, unitWork: work, file: file,
		tokens: work.set.File(file.syntax.FileStart),
		memory: level == everything, oldLoops: before(work.info.FileVersions[file.syntax], 22),
		directives: !hasLineDirectives(file), lost: map[string]string{},
	}
	w.adopt()
	if level < nothing {
		imports := len(w.pieces)
		w.walk()
		if len(w.pieces) > imports {
			w.raise()
			w.insert(w.offset(file.syntax.Name.End()), `; import __lockstep "lockstep"`)
		}
	}
	if len(w.pieces) == 0 {
		return ""
	}
	return w.render(0, len(file.source)) + w.keepImports()
}

// keepImports uses each import that may have lost its last use.
func (w *walker) keepImports() string {
	var lines []string
	for _, expression := range w.lost {
		lines = append(lines, "\nvar _ = "+expression)
	}
	slices.Sort(lines)
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "") + "\n"
}

func hasLineDirectives(file *parsedFile) bool {
	return bytes.Contains(file.source, []byte("//line ")) || bytes.Contains(file.source, []byte("/*line "))
}

// tested lists the packages named by the patterns that have tests and no errors. The external tests of a
// package run in its test binary and stand under its path.
func tested(p *program, c *checker, units []*unit) []Package {
	out := []Package{}
	byPath := map[string]int{}
	broken := map[string]bool{}
	named := map[string]bool{}
	for _, q := range p.roots {
		named[q.PkgPath] = true
	}
	flawed := map[*packages.Package]bool{} // it or something it imports has errors
	for _, q := range p.all {
		u := c.units[q.ID]
		flawed[q] = !p.standard(q) && len(q.Errors) > 0 || u != nil && p.fromSource(q) && len(u.errors) > 0
		for _, imported := range q.Imports {
			flawed[q] = flawed[q] || flawed[imported]
		}
	}
	for _, u := range units {
		if !p.mine(u.listed) || !named[u.listed.PkgPath] {
			continue
		}
		path := u.listed.PkgPath
		if u.listed.ForTest != "" {
			path = u.listed.ForTest
		}
		if flawed[u.listed] {
			broken[path] = true
		}
		tests := testsOf(u, c)
		if len(tests) == 0 {
			continue
		}
		if at, ok := byPath[path]; ok {
			out[at].Tests = append(out[at].Tests, tests...)
			continue
		}
		entry := Package{ImportPath: path, Dir: filepath.Dir(u.files[0].path), Tests: tests}
		if u.listed.Module != nil {
			entry.Module, entry.ModuleDir = u.listed.Module.Path, u.listed.Module.Dir
		} else {
			entry.ModuleDir = entry.Dir
		}
		byPath[path] = len(out)
		out = append(out, entry)
	}
	return slices.DeleteFunc(out, func(q Package) bool { return broken[q.ImportPath] })
}

func unique(list []SourceError) []SourceError {
	out := []SourceError{}
	for _, e := range list {
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}
