package lockstep

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lockstep.dev/tracer/rewrite"
)

const racePrograms = "../../test/fixtures/programs/race"

// Go's race detector judges each run by what the program does, whatever the scheduler does: programs with a race are
// reported, with the lines that the fixture names; all others never.
func TestRaceDetector(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	binary := raceBuild(t)
	for name, wanted := range expectedRaces(t) {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			most := silentRuns
			if len(wanted) > 0 {
				most = racyRuns
			}
			found, iterations := reportedLines(t, binary, name, out, most)
			switch {
			case len(wanted) == 0 && len(found) > 0:
				t.Errorf("reported at %v:\n%s", found, raceReportsIn(out))
			case len(wanted) == 0 && iterations != silentRuns:
				t.Errorf("%d iterations of %d", iterations, silentRuns)
			case len(wanted) > 0 && !slices.Equal(found, wanted):
				t.Errorf("after %d iterations reported at %v, want %v:\n%s", iterations, found, wanted, raceReportsIn(out))
			}
		})
	}
}

// Most races are there in every run.
const (
	silentRuns = 200
	racyRuns   = 20
)

// raceBuild instruments and compiles the programs as the engine does.
func raceBuild(t *testing.T) string {
	t.Helper()
	if why := noRaceBuild(t); why != "" {
		t.Skipf("this machine cannot build with -race: %s", why)
	}
	out := t.TempDir()
	document, err := rewrite.Run(rewrite.Options{Dir: racePrograms, Out: out, Race: true, Patterns: []string{"."}}, os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(out, "race.test")
	arguments := append([]string{"test", "-c", "-vet=off", "-overlay", document.Overlay, "-o", binary}, document.BuildFlags...)
	build := exec.Command("go", append(arguments, ".")...)
	build.Dir = racePrograms
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return binary
}

// noRaceBuild says why -race cannot be used here; empty when it can.
func noRaceBuild(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module m\n\ngo 1.24\n", "m.go": "package main\n\nfunc main() {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-race", "-o", "m", ".")
	build.Dir = dir
	if said, err := build.CombinedOutput(); err != nil {
		return strings.TrimSpace(string(said))
	}
	return ""
}

// expectedRaces maps each test of the fixture to the lines in it that say "race", in order: `locks_test.go:12`.
func expectedRaces(t *testing.T) map[string][]string {
	t.Helper()
	tests := make(map[string][]string)
	files, err := filepath.Glob(filepath.Join(racePrograms, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		expectRaces(tests, filepath.Base(file), string(source))
	}
	return tests
}

func expectRaces(tests map[string][]string, file, source string) {
	current := ""
	var shared []string // in declarations before the test
	for index, line := range strings.Split(source, "\n") {
		if match := regexp.MustCompile(`^func (Test\w+)`).FindStringSubmatch(line); match != nil {
			current = match[1]
			tests[current], shared = shared, nil
		} else if strings.HasPrefix(line, "}") {
			current = ""
		}
		if strings.HasSuffix(line, "// race") {
			place := fmt.Sprintf("%s:%d", file, index+1)
			if current == "" || strings.HasPrefix(line, "}") {
				shared = append(shared, place)
			} else {
				tests[current] = append(tests[current], place)
			}
		}
	}
	for name, lines := range tests {
		slices.Sort(lines)
		tests[name] = slices.Compact(lines)
	}
}

// reportedLines runs a program until a run has reports and gives the user's lines of the first: the innermost of each access.
func reportedLines(t *testing.T, binary, name, out string, most int) (lines []string, iterations int) {
	t.Helper()
	config, err := json.Marshal(map[string]any{
		"version": 1, "mode": "control", "strategy": "auto", "without": []string{withoutProof}, "package": "p", "test": name, "seed": "1",
		"iterations": most, "maxSteps": 10_000, "foreignMilliseconds": 200, "milliseconds": 20_000, "out": out,
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(out, "config.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(binary, "-test.run=^"+name+"$", "-test.count=1000000", "-test.timeout=60s", "-test.parallel=1000")
	command.Env = append(os.Environ(), configVariable+"="+file,
		"GORACE=suppress_equal_stacks=0 suppress_equal_addresses=0 atexit_sleep_ms=0 exitcode=0 log_path="+filepath.Join(out, raceLog))
	command.Dir = racePrograms
	printed, _ := command.CombinedOutput() // a program with a race fails
	results, err := os.Open(filepath.Join(out, "results.jsonl"))
	if err != nil {
		t.Fatalf("no results: %v\n%s", err, printed)
	}
	defer results.Close()
	for scanner := bufio.NewScanner(results); scanner.Scan(); {
		var line struct {
			Type, Outcome, Message, Races string
			Iterations                    int
		}
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		iterations = max(iterations, line.Iterations)
		if line.Type != "run" {
			continue
		}
		if line.Races == "" {
			t.Errorf("a run without a race: %s %s\n%s", line.Outcome, line.Message, printed)
			continue
		}
		report, err := os.ReadFile(filepath.Join(out, line.Races))
		if err != nil {
			t.Fatal(err)
		}
		if lines == nil {
			lines = accessLines(string(report))
		}
	}
	return lines, iterations
}

// accessLines are the lines of the fixture in the first report, one for each access.
func accessLines(report string) (lines []string) {
	accesses := 0
	for block := range strings.SplitSeq(report, "\n\n") {
		if !regexp.MustCompile(`(?m)^(Previous |)(atomic |)(read|write|Read|Write) at`).MatchString(block) {
			continue
		}
		if place := regexp.MustCompile(`/race/(\w+_test\.go:\d+)`).FindStringSubmatch(block); place != nil {
			lines = append(lines, place[1])
		}
		if accesses++; accesses == 2 {
			break
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func raceReportsIn(out string) []byte {
	var all [][]byte
	names, _ := filepath.Glob(filepath.Join(out, "*.races"))
	for _, name := range names {
		text, _ := os.ReadFile(name)
		all = append(all, text)
	}
	return bytes.Join(all, nil)
}
