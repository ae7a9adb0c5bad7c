package rewrite

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Packages of other modules are rewritten when they are asked for, without memory accesses. Vendored ones, and those
// of a module that is replaced by a folder, are overlaid where they are. Files of the module cache cannot be: their
// modules are copied, and an overlaid go.mod (or go.work) replaces the modules by the copies.

// isDependency: the package was asked for by one of the patterns of Options.Dependencies.
func (p *program) isDependency(q *packages.Package) bool {
	if q.Module == nil || q.Module.Main || p.standard(q) || q.ID != q.PkgPath || len(q.GoFiles) == 0 {
		return false
	}
	for _, pattern := range p.dependencies {
		if matches(pattern, q.PkgPath) {
			return true
		}
	}
	return false
}

// matches knows patterns as the go command does, with `/...` at the end only.
func matches(pattern, importPath string) bool {
	if pattern == "..." {
		return true
	}
	if prefix, wide := strings.CutSuffix(pattern, "/..."); wide {
		return importPath == prefix || strings.HasPrefix(importPath, prefix+"/")
	}
	return importPath == pattern
}

// unmatched names the first pattern that no package fits.
func (p *program) unmatched() string {
	for _, pattern := range p.dependencies {
		found := false
		for _, q := range p.all {
			found = found || p.isDependency(q) && matches(pattern, q.PkgPath)
		}
		if !found {
			return pattern
		}
	}
	return ""
}

// copies are the modules of the module cache that are replaced, by their folder there.
type copies struct {
	program *program
	output  *overlay
	folders map[string]string
	edits   []string
}

// dependency puts the text of a file of a dependency where the build will find it.
func (c *copies) dependency(q *packages.Package, file *parsedFile, text string) error {
	if !c.program.immutable(file.path) {
		return c.output.file(q.PkgPath, file.path, text)
	}
	folder, err := c.module(q.Module)
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(q.Module.Dir, file.path)
	if err != nil {
		return fmt.Errorf("%s is not in the folder of its module", file.path)
	}
	return write(filepath.Join(folder, relative), []byte(adoptedText(file, text)))
}

func (c *copies) module(m *packages.Module) (string, error) {
	if folder := c.folders[m.Dir]; folder != "" {
		return folder, nil
	}
	folder := filepath.Join(c.output.dir, "modules", filepath.FromSlash(path.Join(m.Path, m.Version)))
	if err := os.RemoveAll(folder); err != nil {
		return "", fmt.Errorf("an old copy of the module %s could not be removed: %v", m.Path, err)
	}
	if err := os.CopyFS(folder, os.DirFS(m.Dir)); err != nil {
		return "", fmt.Errorf("the module %s could not be copied: %v", m.Path, err)
	}
	modFile := filepath.Join(folder, "go.mod")
	if _, err := os.Stat(modFile); err != nil { // of before modules
		if err := write(modFile, []byte("module "+m.Path+"\n")); err != nil {
			return "", err
		}
	}
	c.folders[m.Dir] = folder
	c.edits = append(c.edits, "-replace="+m.Path+"@"+m.Version+"="+folder)
	return folder, nil
}

// finish overlays the file that says which modules there are.
func (c *copies) finish() error {
	if len(c.edits) == 0 {
		return nil
	}
	kind, file := "mod", c.program.modFile
	if filepath.IsAbs(c.program.workFile) {
		kind, file = "work", c.program.workFile
	}
	arguments := append([]string{kind, "edit", "-print"}, c.edits...)
	text, err := exec.Command("go", append(arguments, c.output.source(file))...).Output()
	if err != nil {
		return fmt.Errorf("%s could not be changed for the dependencies: %s", file, failure(err))
	}
	return c.output.put(file, "", filepath.Base(file), string(text))
}
