package rewrite

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/build"
	"go/types"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Options of one rewriting.
type Options struct {
	Dir      string
	Out      string
	Tags     string
	Race     bool
	Patterns []string
	// Dependencies are patterns of packages of other modules that are rewritten too.
	Dependencies []string
}

// A program is the graph of packages as the go command sees it, and which of them are the user's.
type program struct {
	roots     []*packages.Package
	all       []*packages.Package // dependencies first
	goroot    string
	goVersion string
	goos      string
	goarch    string
	race      bool
	sizes     types.Sizes
	adopted   map[string]bool // by import path, false for what has to stay; see adopted.go
	// Files of the go command, empty or "off" when there are none.
	moduleCache, modFile, workFile, userSettings string
	exports                                      map[string]string // import path → file with export data
	above                                        map[*packages.Package]bool
	dependencies                                 []string          // Options.Dependencies
	replaced                                     map[string]string // the user's own overlay: path → where its text is, "" for none
}

// load asks the go command for the packages and, in a second call, for export data of just those
// packages that the user's import from elsewhere, and of the needed ones: the user's own are never compiled twice.
func load(options Options, needed []string) (*program, error) {
	environment := exec.Command("go", "env", "GOROOT", "GOVERSION", "GOOS", "GOARCH", "GOMODCACHE", "GOMOD", "GOWORK", "GOENV", "GOFLAGS")
	environment.Dir = options.Dir
	said, err := environment.Output()
	if err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New("the go command is not on PATH: install Go or set its location")
		}
		return nil, fmt.Errorf("`go env` failed in %s: %s", options.Dir, failure(err))
	}
	lines := strings.Split(strings.ReplaceAll(string(said), "\r\n", "\n"), "\n")
	if len(lines) < 9 || lines[0] == "" || lines[1] == "" {
		return nil, errors.New("`go env GOROOT GOVERSION` printed nothing: the Go installation is broken")
	}
	p := &program{goroot: lines[0], goVersion: lines[1], goos: lines[2], goarch: lines[3], exports: map[string]string{}, above: map[*packages.Package]bool{}}
	p.moduleCache, p.modFile, p.workFile, p.userSettings = lines[4], lines[5], lines[6], lines[7]
	p.race, p.dependencies = options.Race, options.Dependencies
	if p.replaced, err = userOverlay(lines[8], options.Dir); err != nil {
		return nil, err
	}
	p.sizes = types.SizesFor("gc", p.goarch)
	config := &packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedEmbedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
			packages.NeedDeps | packages.NeedModule | packages.NeedForTest,
		Dir:        options.Dir,
		Tests:      true,
		BuildFlags: buildFlags(options),
	}
	p.roots, err = packages.Load(config, options.Patterns...)
	if err != nil {
		return nil, fmt.Errorf("the packages could not be listed: %s", failure(err))
	}
	packages.Visit(p.roots, nil, func(q *packages.Package) { p.all = append(p.all, q) })
	for _, q := range p.all {
		if (q.PkgPath == "lockstep" || strings.HasPrefix(q.PkgPath, "lockstep/")) && p.mine(q) {
			return nil, fmt.Errorf("the package %s has the import path of Lockstep's own runtime and cannot be explored", q.PkgPath)
		}
	}
	if pattern := p.unmatched(); pattern != "" {
		return nil, fmt.Errorf("the packages depend on nothing in another module that the pattern %s fits", pattern)
	}
	p.adopt()
	return p, p.loadExports(options, needed)
}

// selects says whether the go command would compile a file with this name and text.
func (p *program) selects(name string, text []byte) bool {
	context := build.Default
	context.GOOS, context.GOARCH, context.CgoEnabled = p.goos, p.goarch, p.race
	if p.race {
		context.BuildTags = []string{"race"}
	}
	context.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	ok, err := context.MatchFile("", name)
	return err == nil && ok
}

func buildFlags(options Options) []string {
	// Nothing here is stamped, and a folder .git that is no repository would be an error.
	flags := []string{"-buildvcs=false"}
	if options.Tags != "" {
		flags = append(flags, "-tags="+options.Tags)
	}
	if options.Race {
		flags = append(flags, "-race")
	}
	return flags
}

// loadExports finds the export data of everything that packages checked from source import.
func (p *program) loadExports(options Options, needed []string) error {
	wanted := map[string]bool{}
	for _, path := range needed {
		wanted[path] = path != "unsafe"
	}
	for _, q := range p.all {
		if !p.fromSource(q) && !p.aboveMine(q) {
			continue
		}
		for _, imported := range q.Imports {
			if !p.mine(imported) && imported.PkgPath != "unsafe" && imported.PkgPath != "C" {
				wanted[imported.PkgPath] = true
			}
		}
	}
	var paths []string
	for path, really := range wanted {
		if really {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	found, err := packages.Load(&packages.Config{
		Mode:       packages.NeedName | packages.NeedExportFile,
		Dir:        options.Dir,
		BuildFlags: buildFlags(options),
	}, paths...)
	if err != nil {
		return fmt.Errorf("the imported packages could not be compiled: %s", failure(err))
	}
	for _, q := range found {
		if q.ExportFile != "" {
			p.exports[q.PkgPath] = q.ExportFile
		}
	}
	return nil
}

func (p *program) standard(q *packages.Package) bool {
	if q.Module != nil {
		return q.Module.Path == "std" || q.Module.Path == "cmd"
	}
	return len(q.GoFiles) > 0 && strings.HasPrefix(q.GoFiles[0], filepath.Join(p.goroot, "src")+string(filepath.Separator))
}

// mine: the package belongs to a main module (any module of a workspace), or to none at all.
func (p *program) mine(q *packages.Package) bool {
	if p.standard(q) || isTestMain(q) || len(q.GoFiles) == 0 {
		return false
	}
	return q.Module == nil || q.Module.Main
}

// aboveMine: a package of another module that depends on one of the user's.
func (p *program) aboveMine(q *packages.Package) bool {
	if p.standard(q) || isTestMain(q) {
		return false
	}
	above, known := p.above[q]
	if !known {
		p.above[q] = false // imports have no cycles
		for _, imported := range q.Imports {
			above = above || p.mine(imported) || p.aboveMine(imported)
		}
		above = above && !p.mine(q)
		p.above[q] = above
	}
	return above
}

// isContext: the one standard package that is rewritten, because it hides channels that tests wait for.
func (p *program) isContext(q *packages.Package) bool {
	return q.PkgPath == "context" && q.ID == "context" && p.standard(q)
}

func (p *program) fromSource(q *packages.Package) bool {
	return p.mine(q) || p.isContext(q) || p.isAdopted(q) || p.isDependency(q)
}

// isTestMain: the main function that the go command generates for a test binary.
func isTestMain(q *packages.Package) bool {
	return q.Name == "main" && strings.HasSuffix(q.ID, ".test") && strings.HasSuffix(q.PkgPath, ".test")
}

// rewritten chooses the variants to rewrite: of a package and the one that has its test files as well, the latter.
func (p *program) rewritten() []*packages.Package {
	best := map[string]*packages.Package{}
	for _, q := range p.all {
		if !p.fromSource(q) {
			continue
		}
		before := best[q.PkgPath]
		if before == nil || len(q.GoFiles) > len(before.GoFiles) || len(q.GoFiles) == len(before.GoFiles) && q.ID < before.ID {
			best[q.PkgPath] = q
		}
	}
	var chosen []*packages.Package
	for _, q := range best {
		chosen = append(chosen, q)
	}
	slices.SortFunc(chosen, func(a, b *packages.Package) int { return cmp.Compare(a.PkgPath, b.PkgPath) })
	return chosen
}

// listErrors are the go command's own complaints about packages it was asked for.
func (p *program) listErrors(dir string) []SourceError {
	var out []SourceError
	for _, q := range p.all {
		if p.standard(q) && len(q.GoFiles) > 0 {
			continue
		}
		for _, e := range q.Errors {
			problem := sourceError(e.Pos, e.Msg)
			if problem.File != "" && !filepath.IsAbs(problem.File) {
				problem.File = filepath.Join(dir, problem.File)
			}
			out = append(out, problem)
		}
	}
	return out
}

// sourceError takes a position as the go command writes it: file:line:column, or "-", or nothing.
func sourceError(position, message string) SourceError {
	e := SourceError{Message: strings.TrimSpace(message)}
	if position == "-" {
		return e
	}
	var numbers []int
	for len(numbers) < 2 {
		colon := strings.LastIndexByte(position, ':')
		if colon < 0 {
			break
		}
		n, err := strconv.Atoi(position[colon+1:])
		if err != nil {
			break
		}
		numbers = append(numbers, n)
		position = position[:colon]
	}
	e.File = position
	switch len(numbers) {
	case 1:
		e.Line = numbers[0]
	case 2:
		e.Line, e.Column = numbers[1], numbers[0]
	}
	return e
}

// failure is the first line that says something in what a command wrote before it failed.
func failure(err error) string {
	text := err.Error()
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		text = string(exit.Stderr)
	}
	return strings.Join(strings.Fields(text), " ")
}
