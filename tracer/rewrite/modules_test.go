package rewrite

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Real modules, of those that this one depends on anyway, pass their own tests when they are rewritten.
func TestRealModules(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles whole modules")
	}
	for _, test := range []struct {
		module   string
		packages []string
	}{
		{"golang.org/x/sync", []string{"./errgroup", "./singleflight", "./syncmap"}},
		{"golang.org/x/tools", []string{"./internal/jsonrpc2/...", "./internal/event/...", "./go/ast/..."}},
	} {
		t.Run(test.module, func(t *testing.T) {
			said, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", test.module).Output()
			dir := strings.TrimSpace(string(said))
			if err != nil || dir == "" {
				t.Skipf("%s is not in the module cache", test.module)
			}
			// A copy, because files of the module cache cannot be overlaid.
			copied := filepath.Join(t.TempDir(), "module")
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			document, err := Run(Options{Dir: copied, Out: t.TempDir(), Patterns: test.packages}, runtimeFolder)
			if err != nil {
				t.Fatal(err)
			}
			if len(document.Errors) > 0 || len(document.Sites) == 0 {
				t.Fatalf("%d sites, errors %v", len(document.Sites), document.Errors)
			}
			for _, u := range document.Uncontrolled {
				if strings.Contains(u.Reason, "left alone:") || strings.Contains(u.Reason, "not recorded:") {
					t.Errorf("%s: %s", u.File, u.Reason)
				}
			}
			output(t, copied, append([]string{"-overlay", document.Overlay}, test.packages...)...)
		})
	}
}

// A package may have more operations than a block has numbers, and the next package has others all the same.
func TestManySites(t *testing.T) {
	dir := t.TempDir()
	var large strings.Builder
	large.WriteString("package large\n\nvar n int\n\n")
	const functions, accesses = 70, 1000
	for i := range functions {
		fmt.Fprintf(&large, "func f%d() {\n%s}\n", i, strings.Repeat("\tn++\n", accesses))
	}
	small := "package small\n\nimport \"testing\"\n\nvar n int\n\nfunc TestSmall(t *testing.T) { n++; _ = n }\n"
	for name, text := range map[string]string{
		"go.mod": "module example.com/many\n\ngo 1.24\n", "large/large.go": large.String(), "small/small_test.go": small,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	document, err := Run(Options{Dir: dir, Out: t.TempDir(), Patterns: []string{"./..."}}, runtimeFolder)
	if err != nil {
		t.Fatal(err)
	}
	if len(document.Uncontrolled) > 0 {
		t.Errorf("left alone: %v", document.Uncontrolled[0])
	}
	seen, of := map[uint32]bool{}, map[string]int{}
	for _, site := range document.Sites {
		if seen[site.ID] {
			t.Fatalf("two sites have number %d", site.ID)
		}
		seen[site.ID] = true
		of[filepath.Base(site.File)]++
	}
	if of["large.go"] < functions*accesses || of["small_test.go"] == 0 {
		t.Errorf("%d and %d sites", of["large.go"], of["small_test.go"])
	}
}
