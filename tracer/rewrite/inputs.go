package rewrite

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Inputs are the places outside of GOROOT and the module cache that a build is made from: while nothing there
// changes, building again gives the same.
type Inputs struct {
	// Sources are folders; their Go, C and assembly files count, and go.mod.
	Sources []string `json:"sources"`
	// Files are files, and folders whose lists of names count.
	Files []string `json:"files"`
}

// inputs of the program. A pattern with `...` may come to mean more packages: every folder of the main modules counts then.
func (p *program) inputs(patterns []string) Inputs {
	sources, files, walked := map[string]bool{}, map[string]bool{}, map[string]bool{}
	wide := slices.ContainsFunc(patterns, func(pattern string) bool { return strings.Contains(pattern, "...") })
	for _, q := range p.all {
		if len(q.GoFiles) == 0 || p.standard(q) || isTestMain(q) || p.immutable(q.GoFiles[0]) {
			continue
		}
		for _, file := range slices.Concat(q.GoFiles, q.OtherFiles) {
			sources[filepath.Dir(file)] = true
		}
		for _, file := range q.EmbedFiles {
			files[file], files[filepath.Dir(file)] = true, true
		}
		if q.Module == nil || q.Module.Dir == "" {
			continue
		}
		for _, name := range []string{"go.mod", "go.sum", "vendor/modules.txt"} {
			files[filepath.Join(q.Module.Dir, filepath.FromSlash(name))] = true
		}
		if wide && q.Module.Main && !walked[q.Module.Dir] {
			walked[q.Module.Dir] = true
			foldersBelow(q.Module.Dir, sources)
		}
	}
	for _, file := range []string{p.modFile, p.workFile, p.workFile + ".sum", p.userSettings} {
		if filepath.IsAbs(file) { // else "off" or the null device
			files[file] = true
		}
	}
	for target, backing := range p.replaced {
		files[target] = true
		if backing != "" {
			files[backing] = true
		}
	}
	return Inputs{members(sources), members(files)}
}

// immutable: Go verifies what is in the module cache.
func (p *program) immutable(file string) bool {
	return p.moduleCache != "" && strings.HasPrefix(file, p.moduleCache+string(filepath.Separator))
}

// foldersBelow adds the folders that `...` can match, by the go command's rules.
func foldersBelow(root string, folders map[string]bool) {
	filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return nil // what cannot be read now matched nothing
		}
		base := entry.Name()
		if name != root && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules") {
			return filepath.SkipDir
		}
		folders[name] = true
		return nil
	})
}

func members(set map[string]bool) []string {
	list := make([]string, 0, len(set))
	for name := range set {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
