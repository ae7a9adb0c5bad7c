package rewrite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDependencies(t *testing.T) {
	ask := func(patterns ...string) (map[string]bool, *Document) {
		_, document := rewritten(t, "dependencies", func(o *Options) { o.Dependencies = patterns })
		files := map[string]bool{}
		for _, s := range document.Sites {
			files[filepath.Base(s.File)] = true
		}
		return files, document
	}
	files, document := ask("golang.org/x/sync/errgroup", "example.com/...")
	for name, want := range map[string]bool{
		"errgroup.go": true, "helper.go": true, "dependencies_test.go": true,
		"semaphore.go": true, // as without being asked
	} {
		if files[name] != want {
			t.Errorf("sites in %s: %v", name, files[name])
		}
	}
	if len(document.Uncontrolled) > 0 {
		t.Errorf("left alone: %v", document.Uncontrolled)
	}
	files, document = ask()
	if files["errgroup.go"] || files["helper.go"] || len(document.Uncontrolled) != 1 || !strings.Contains(document.Uncontrolled[0].Reason, "errgroup is not controlled") {
		t.Errorf("without dependencies: %v, left alone %v", files, document.Uncontrolled)
	}
	dir, _ := filepath.Abs("../../test/fixtures/programs/rewrite/dependencies")
	_, err := Run(Options{Dir: dir, Out: t.TempDir(), Patterns: []string{"."}, Dependencies: []string{"example.com/nothing"}}, runtimeFolder)
	if err == nil || !strings.Contains(err.Error(), "example.com/nothing") {
		t.Errorf("error %v, want one that names the pattern", err)
	}
}

// What GOFLAGS overlays is what is rewritten.
func TestUserOverlay(t *testing.T) {
	dir, err := filepath.Abs("../../test/fixtures/programs/rewrite/tags")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	put := func(name, text string) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	backing := put("added.go", "package tags\n\nimport \"testing\"\n\nfunc TestAdded(t *testing.T) { c := make(chan int, 1); c <- 1; t.Log(<-c) }\n")
	name := put("overlay.json", `{"Replace": {"`+filepath.Join(dir, "added_test.go")+`": "`+backing+`"}}`)
	t.Setenv("GOFLAGS", "-overlay="+name)
	_, document := rewritten(t, "tags", nil)
	if len(document.Errors) > 0 || len(document.Packages) != 1 || document.Packages[0].Tests[0].Name != "TestAdded" {
		t.Fatalf("packages %v, errors %v", document.Packages, document.Errors)
	}
	sends := 0
	for _, s := range document.Sites {
		if s.Operation == "send" && strings.HasSuffix(s.File, "added_test.go") {
			sends++
		}
	}
	if sends != 1 {
		t.Errorf("%d sends", sends)
	}
	output(t, dir, "-overlay", document.Overlay, ".")
}
