package rewrite

import (
	"bytes"
	"encoding/json"
	"go/scanner"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var runtimeFolder = os.DirFS("../runtime")

// rewritten rewrites a fixture and gives its folder with the document.
func rewritten(t *testing.T, fixture string, change func(*Options)) (string, *Document) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("../../test/fixtures/programs/rewrite", fixture))
	if err != nil {
		t.Fatal(err)
	}
	options := Options{Dir: dir, Out: t.TempDir(), Patterns: []string{"./..."}}
	if change != nil {
		change(&options)
	}
	document, err := Run(options, runtimeFolder)
	if err != nil {
		t.Fatal(err)
	}
	return dir, document
}

// output is what `go test -v` says, without what differs from run to run.
func output(t *testing.T, dir string, arguments ...string) string {
	t.Helper()
	command := exec.Command("go", append([]string{"test", "-vet=off", "-count=1", "-v", "-timeout=60s"}, arguments...)...)
	command.Dir = dir
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("go test %s: %v\n%s", strings.Join(arguments, " "), err, said)
	}
	return regexp.MustCompile(`\(?\d+\.\d+s\)?`).ReplaceAllString(string(said), "")
}

// The runtime is not configured here, so a rewritten program has to behave as before, to the line numbers it prints.
func TestSameBehaviour(t *testing.T) {
	for _, fixture := range []string{"language", "workspace/app", "old", "variants", "torture", "shapes"} {
		t.Run(fixture, func(t *testing.T) {
			dir, document := rewritten(t, fixture, nil)
			if len(document.Errors) > 0 {
				t.Fatalf("errors: %v", document.Errors)
			}
			plain := output(t, dir, "./...")
			if fixture == "old" {
				plain = sorted(plain)
			}
			for _, flags := range [][]string{{}, {"-trimpath"}} {
				got := output(t, dir, append(append(flags, "-overlay", document.Overlay), "./...")...)
				if fixture == "old" {
					got = sorted(got)
				}
				if got != plain {
					t.Errorf("with %v the output is\n%s\nwithout the overlay it is\n%s", flags, got, plain)
				}
			}
		})
	}
}

func sorted(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Nothing of the fixtures may be left alone without need.
func TestUncontrolled(t *testing.T) {
	_, document := rewritten(t, "language", nil)
	var got []string
	for _, u := range document.Uncontrolled {
		got = append(got, filepath.Base(u.File)+": "+u.Reason)
	}
	if len(got) > 0 {
		t.Errorf("left alone:\n%s", strings.Join(got, "\n"))
	}
}

// Every name of the user that is still there afterwards stands on its line.
func TestLinesStay(t *testing.T) {
	for _, fixture := range []string{"language", "workspace/app", "old", "variants", "shapes"} {
		_, document := rewritten(t, fixture, nil)
		for original, backing := range overlayOf(t, document) {
			if !strings.Contains(original, "fixtures") || strings.Contains(original, "generated") { // whose lines are not its own
				continue
			}
			before, count := names(t, original)
			after, _ := names(t, backing)
			for place := range after {
				if place.line <= count && !before[place] && !added[place.name] && !strings.HasPrefix(place.name, "__lockstep") {
					t.Errorf("%s: %s is on line %d after the rewriting only", original, place.name, place.line)
				}
			}
		}
	}
}

type place struct {
	name string
	line int
}

// What the rewriting itself writes besides names that begin with __lockstep.
var added = map[string]bool{
	"_": true, "len": true, "true": true, "false": true, "d": true, "Duration": true, "f": true, "struct": true, "a": true, "int": true, "string": true, "deeper": true,
	// Methods in the place of promoted ones.
	"Lock": true, "Unlock": true, "TryLock": true, "RLock": true, "RUnlock": true, "TryRLock": true, "bool": true, "int64": true, "atomic": true, "embedded": true, "generic": true, "T": true,
	"truth": true,
}

// names lists the names of a file with the lines that directives give them, and the file's number of lines.
// Selected names do not count: those of the runtime and of embedded fields appear behind a period.
func names(t *testing.T, path string) (map[place]bool, int) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	file := set.AddFile(path, -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, scanner.ScanComments)
	found := map[place]bool{}
	selected := false
	for {
		pos, kind, literal := s.Scan()
		switch kind {
		case token.EOF:
			return found, bytes.Count(text, []byte("\n"))
		case token.IDENT:
			if !selected {
				found[place{literal, set.Position(pos).Line}] = true
			}
		}
		selected = kind == token.PERIOD
	}
}

func overlayOf(t *testing.T, document *Document) map[string]string {
	text, err := os.ReadFile(document.Overlay)
	if err != nil {
		t.Fatal(err)
	}
	var content struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &content); err != nil {
		t.Fatal(err)
	}
	return content.Replace
}

// Go's build cache goes by content: the same source has to give the same bytes.
func TestStable(t *testing.T) {
	_, one := rewritten(t, "language", nil)
	_, two := rewritten(t, "language", nil)
	second := overlayOf(t, two)
	for original, backing := range overlayOf(t, one) {
		a, _ := os.ReadFile(backing)
		b, _ := os.ReadFile(second[original])
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs between two rewritings", original)
		}
	}
	if one.SourceHash != two.SourceHash {
		t.Error("the source hash differs between two rewritings")
	}
}

func TestSites(t *testing.T) {
	_, document := rewritten(t, "workspace/app", nil)
	var got []string
	seen := map[uint32]bool{}
	for _, s := range document.Sites {
		if seen[s.ID] || s.ID == 0 || s.Internal != (s.ID >= 1<<31) {
			t.Errorf("the id of %v is not its own", s)
		}
		seen[s.ID] = true
		if !s.Internal {
			got = append(got, strings.Join([]string{filepath.Base(s.File), s.Operation, s.Function, s.Expression}, " | "))
		}
	}
	want := []string{
		"app_test.go | start | TestFeed | TestFeed",
		"app_test.go | receive | TestFeed | lib.Feed()",
		"lib.go | make | Feed | make(chan int)",
		"lib.go | go | Feed | Feed.func1",
		"lib.go | send | Feed.func1 | c",
		"lib.go | close | Feed.func1 | c",
	}
	if !slices.Equal(got, want) {
		t.Errorf("sites:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Of additions it is known whether somebody asks for the sum.
func TestCounts(t *testing.T) {
	for statement, counts := range map[string]bool{
		"n.Add(1)": true, "(n.Add(1))": true, "atomic.AddInt64(&m, 1)": true,
		"_ = n.Add(1)": false, "for n.Add(1) < 3 {\n}": false, "f(atomic.AddInt64(&m, 1))": false, "n.CompareAndSwap(0, 1)": false,
	} {
		dir := t.TempDir()
		text := "package p\n\nimport (\n\"sync/atomic\"\n\"testing\"\n)\n\nvar (\nn atomic.Int64\nm int64\n)\n\nfunc f(int64) {}\n\n" +
			"func TestIt(t *testing.T) {\n_ = atomic.LoadInt64(&m)\nf(n.Load())\n" + statement + "\n}\n"
		for name, content := range map[string]string{"go.mod": "module p\n\ngo 1.24\n", "p_test.go": text} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, document := rewritten(t, "tags", func(o *Options) { o.Dir = dir })
		backing := overlayOf(t, document)[filepath.Join(dir, "p_test.go")]
		new, err := os.ReadFile(backing)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(new, []byte("__lockstep.AtomicCount(")); got != counts || !bytes.Contains(new, []byte("__lockstep.Atomic")) {
			t.Errorf("%s: counts %v, want %v:\n%s", statement, got, counts, new)
		}
	}
}

func TestErrorsStopNothingElse(t *testing.T) {
	_, document := rewritten(t, "broken", nil)
	var packages, errors []string
	for _, p := range document.Packages {
		packages = append(packages, p.ImportPath)
	}
	for _, e := range document.Errors {
		errors = append(errors, filepath.Base(e.File)+": "+e.Message)
	}
	if !slices.Equal(packages, []string{"broken/good"}) {
		t.Errorf("packages %v, want only broken/good", packages)
	}
	if all := strings.Join(errors, "\n"); !strings.Contains(all, "bad_test.go: undefined: undefined") || !strings.Contains(all, "example.com/missing") {
		t.Errorf("errors:\n%s", all)
	}
}

func TestTags(t *testing.T) {
	dir, document := rewritten(t, "tags", func(o *Options) { o.Tags = "special" })
	if len(document.Packages) != 1 || document.Packages[0].Tests[0].Name != "TestTagged" {
		t.Fatalf("packages %v, want tags with TestTagged", document.Packages)
	}
	output(t, dir, "-tags=special", "-overlay", document.Overlay, ".")
	if _, without := rewritten(t, "tags", nil); len(without.Packages) != 0 {
		t.Errorf("packages without the tag: %v", without.Packages)
	}
}

// Without the runtime's types the second check would be blind.
func TestRuntimeIsChecked(t *testing.T) {
	program, err := load(Options{Dir: "../../test/fixtures/programs/rewrite/tags", Patterns: []string{"."}}, runtimeImports(runtimeFolder))
	if err != nil {
		t.Fatal(err)
	}
	again := newRechecker(newChecker(program), runtimeFolder)
	if again.runtime == nil || again.runtime.Scope().Lookup("Receive") == nil {
		t.Fatal("the runtime's source could not be type-checked")
	}
}

func TestNothingToWorkWith(t *testing.T) {
	t.Run("no go", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := Run(Options{Dir: ".", Out: t.TempDir(), Patterns: []string{"."}}, runtimeFolder)
		if err == nil || !strings.Contains(err.Error(), "not on PATH") {
			t.Errorf("error %v, want one about PATH", err)
		}
	})
	t.Run("no module", func(t *testing.T) {
		document, err := Run(Options{Dir: t.TempDir(), Out: t.TempDir(), Patterns: []string{"./..."}}, runtimeFolder)
		if err == nil && len(document.Errors) == 0 {
			t.Error("no error for a folder without a module")
		}
	})
	t.Run("no folder", func(t *testing.T) {
		if _, err := Run(Options{Dir: "/nowhere/at/all", Out: t.TempDir(), Patterns: []string{"."}}, runtimeFolder); err == nil {
			t.Error("no error for a folder that does not exist")
		}
	})
}

func TestCgo(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no C compiler")
	}
	t.Setenv("CGO_ENABLED", "1")
	dir, document := rewritten(t, "cgo", nil)
	if len(document.Errors) > 0 || len(document.Uncontrolled) != 1 || !strings.Contains(document.Uncontrolled[0].Reason, "cgo") {
		t.Errorf("errors %v, left alone %v", document.Errors, document.Uncontrolled)
	}
	if len(document.Packages) != 2 {
		t.Errorf("packages %v, want both", document.Packages)
	}
	output(t, dir, "-overlay", document.Overlay, "./...")
}

func TestRace(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no C compiler")
	}
	t.Setenv("CGO_ENABLED", "1")
	dir, document := rewritten(t, "workspace/app", func(o *Options) { o.Race = true })
	output(t, dir, "-race", "-overlay", document.Overlay, "./...")
}

// What is built for other systems cannot run here, but it links: tests with the runtime in them, and the command itself.
func TestOtherSystems(t *testing.T) {
	for _, system := range []string{"darwin", "windows"} {
		t.Run(system, func(t *testing.T) {
			t.Setenv("GOOS", system)
			t.Setenv("CGO_ENABLED", "0")
			dir, document := rewritten(t, "torture", nil)
			if len(document.Errors) > 0 || len(document.Uncontrolled) > 0 {
				t.Errorf("errors %v, left alone %v", document.Errors, document.Uncontrolled)
			}
			for folder, arguments := range map[string][]string{
				dir:  {"test", "-c", "-vet=off", "-overlay", document.Overlay, "-o", filepath.Join(t.TempDir(), "program.exe")},
				"..": {"build", "-o", filepath.Join(t.TempDir(), "tracer.exe"), "./cmd/lockstep-tracer"},
			} {
				command := exec.Command("go", arguments...)
				command.Dir = folder
				if said, err := command.CombinedOutput(); err != nil {
					t.Errorf("go %s: %v\n%s", strings.Join(arguments, " "), err, said)
				}
			}
		})
	}
}

func TestOtherWordSize(t *testing.T) {
	command := exec.Command("go", "build", "./runtime")
	command.Dir = ".."
	command.Env = append(os.Environ(), "GOARCH=386", "CGO_ENABLED=0")
	if said, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

func TestAdopted(t *testing.T) {
	dir, document := rewritten(t, "adopted", nil)
	if len(document.Uncontrolled) > 0 || len(document.Errors) > 0 {
		t.Errorf("left alone %v, errors %v", document.Uncontrolled, document.Errors)
	}
	waits := false
	for _, s := range document.Sites {
		waits = waits || s.Operation == "wg-wait" && s.Function == "(*Group).Wait" && strings.Contains(s.File, "errgroup")
	}
	if !waits {
		t.Error("the group's wait is no site")
	}
	if got, want := output(t, dir, "-overlay", document.Overlay, "."), output(t, dir, "."); got != want {
		t.Errorf("the output is\n%s\nwithout the overlay it is\n%s", got, want)
	}
}

func TestVariants(t *testing.T) {
	_, document := rewritten(t, "variants", nil)
	if len(document.Packages) != 1 || document.Packages[0].ImportPath != "variants/p" || len(document.Packages[0].Tests) != 2 {
		t.Errorf("packages %v, want variants/p with two tests", document.Packages)
	}
}
