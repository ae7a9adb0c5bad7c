package rewrite

import (
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
