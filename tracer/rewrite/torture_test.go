package rewrite

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A line of results.jsonl, as far as it matters here.
type runLine struct {
	Type, Outcome, Message, Schedule string
	Index                            int
	Foreign, Early                   bool
}

// runUnder runs one test of a built program as the engine does and gives a line for each of its runs.
func runUnder(t *testing.T, binary, dir, test string, settings map[string]any) (runs []runLine, out string) {
	t.Helper()
	out = t.TempDir()
	config := map[string]any{
		"version": 1, "mode": "control", "strategy": "random", "package": "p", "test": test, "seed": "7",
		"iterations": 1, "maxSteps": 20_000, "foreignMilliseconds": 500, "traceEvery": 1, "out": out,
	}
	for name, value := range settings {
		config[name] = value
	}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(out, "config.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(binary, "-test.run=^"+test+"$", "-test.count=1000000", "-test.timeout=20s")
	command.Dir = dir
	command.Env = append(os.Environ(), "LOCKSTEP_CONFIG="+name)
	said, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", test, err, said)
	}
	lines, err := os.Open(filepath.Join(out, "results.jsonl"))
	if err != nil {
		t.Fatalf("%s: no results: %v\n%s", test, err, said)
	}
	defer lines.Close()
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		var line runLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line.Type == "run" {
			if line.Outcome != "pass" {
				line.Message += "\n" + string(said)
			}
			runs = append(runs, line)
		}
	}
	return runs, out
}

func steps(t *testing.T, name string) (steps []any, seed, epoch string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var schedule struct {
		Steps       []any
		Seed, Epoch string
	}
	if err := json.Unmarshal(text, &schedule); err != nil {
		t.Fatal(err)
	}
	return schedule.Steps, schedule.Seed, schedule.Epoch
}

// Programs that check themselves pass under control and recorded, all of them wholly under control, and a replay in a
// fresh process takes the same steps.
func TestTorture(t *testing.T) {
	for _, fixture := range []string{"torture", "torture22", "shapes", "dependencies"} {
		dir, document := rewritten(t, fixture, func(o *Options) {
			if fixture == "dependencies" {
				o.Dependencies = []string{"golang.org/x/sync/...", "example.com/helper"}
			}
		})
		for _, u := range document.Uncontrolled {
			if !strings.Contains(u.Reason, "compiler directive") {
				t.Errorf("%s:%d: %s", u.File, u.Line, u.Reason)
			}
		}
		for _, q := range document.Packages {
			binary := filepath.Join(t.TempDir(), "program.test")
			command := exec.Command("go", "test", "-c", "-vet=off", "-overlay", document.Overlay, "-o", binary, q.ImportPath)
			command.Dir = dir
			if said, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			for _, test := range q.Tests {
				t.Run(q.ImportPath+"/"+test.Name, func(t *testing.T) { torture(t, binary, q.Dir, test.Name) })
			}
		}
	}
}

func torture(t *testing.T, binary, dir, test string) {
	for _, mode := range []string{"control", "record"} {
		const times = 40
		runs, out := runUnder(t, binary, dir, test, map[string]any{"mode": mode, "iterations": times})
		if len(runs) != times {
			t.Errorf("%s: %d runs of %d", mode, len(runs), times)
		}
		for _, r := range runs {
			if r.Early { // time ran ahead: what the program says about it is no bug
				continue
			}
			if r.Outcome != "pass" || r.Foreign {
				t.Fatalf("%s: run %d: %s, foreign %v, %s", mode, r.Index, r.Outcome, r.Foreign, r.Message)
			}
		}
		if mode == "record" || t.Failed() {
			continue
		}
		for _, r := range runs[:3] {
			wanted, seed, epoch := steps(t, filepath.Join(out, r.Schedule))
			again, _ := runUnder(t, binary, dir, test, map[string]any{
				"strategy": "replay", "steps": wanted, "seed": seed, "epoch": epoch,
			})
			if len(again) != 1 || again[0].Outcome != "pass" {
				t.Fatalf("the replay of run %d: %+v", r.Index, again)
			}
		}
	}
}
