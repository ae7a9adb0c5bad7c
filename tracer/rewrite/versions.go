package rewrite

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"strings"
)

func scanVersion(version string, major, minor *int) (int, error) {
	return fmt.Sscanf(version, "go%d.%d", major, minor)
}

// raise lets a file of a module older than Go 1.21 use generic functions: a build constraint sets the
// language version of its file. Go 1.21 is the last with the old loop variables. A file without a
// constraint gets one line more in front, and a line directive that hides it.
func (w *walker) raise() {
	if !before(w.info.FileVersions[w.file.syntax], 21) {
		return
	}
	for _, group := range w.file.syntax.Comments {
		if group.Pos() > w.file.syntax.Package {
			break
		}
		for _, line := range group.List {
			if constraint.IsGoBuild(line.Text) {
				w.raiseConstraint(line)
				return
			}
		}
	}
	at := 0
	if strings.HasPrefix(string(w.file.source), "\uFEFF") {
		at = len("\uFEFF")
	}
	w.insert(at, "//go:build go1.21\n//line "+w.file.path+":1\n")
}

func (w *walker) raiseConstraint(line *ast.Comment) {
	expression := strings.TrimSpace(strings.TrimPrefix(line.Text, "//go:build"))
	w.replace(w.offset(line.Pos()), w.offset(line.End()), "//go:build ("+expression+") && go1.21")
}
