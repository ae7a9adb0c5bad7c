package lockstep

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The programs in programs_test.go are what the rewriter makes of small tests. Each is run in a process of its
// own, configured like the engine does it.

type result struct {
	Type        string `json:"type"`
	Index       int    `json:"index"`
	Outcome     string `json:"outcome"`
	Returned    bool   `json:"returned"`
	Foreign     bool   `json:"foreign"`
	Message     string `json:"message"`
	Schedule    string `json:"schedule"`
	Preemptions int    `json:"preemptions"`
	Iterations  int    `json:"iterations"`
	Distinct    int    `json:"distinct"`
	Exhausted   bool   `json:"exhausted"`
	Coverage    struct {
		Pairs   int     `json:"pairs"`
		States  int     `json:"states"`
		Classes int     `json:"classes"`
		Recent  novelty `json:"recent"`
	} `json:"coverage"`
	Arms       map[string]int `json:"arms"`
	Systematic progress       `json:"systematic"`
	Counts     [][3]any
	Profile    *leakProfile `json:"leakProfile"`
	Trace      string       `json:"trace"`
	Parts      map[string][2]int64
}

// parallelLimit is how many parallel subtests testing lets run at once.
var parallelLimit = 1000

// explore runs a program and gives its lines. Settings are laid over a default configuration.
func explore(t *testing.T, program string, settings map[string]any) (runs []result, summary result, out string) {
	t.Helper()
	out = t.TempDir()
	config := map[string]any{
		"version": 1, "mode": "control", "strategy": "random", "package": "p", "test": program, "seed": "1",
		"iterations": 500, "maxSteps": 10_000, "foreignMilliseconds": 200, "out": out,
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
	command := exec.Command(os.Args[0], "-test.run=^"+program+"$", "-test.count=1000000", "-test.timeout=60s", "-test.parallel="+strconv.Itoa(parallelLimit))
	command.Env = append(os.Environ(), configVariable+"="+name)
	printed, err := command.CombinedOutput()
	if err != nil {
		t.Logf("%s: %v\n%s", program, err, printed)
	}
	lines, err := os.Open(filepath.Join(out, "results.jsonl"))
	if err != nil {
		t.Fatalf("no results: %v\n%s", err, printed)
	}
	defer lines.Close()
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		var line result
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line.Type == "run" {
			runs = append(runs, line)
		} else {
			summary = line
		}
	}
	return runs, summary, out
}

// replayed runs the schedule of a run again.
func replayed(t *testing.T, program, out, schedule string) result {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(out, schedule))
	if err != nil {
		t.Fatal(err)
	}
	var raw struct {
		Steps []step `json:"steps"`
		Epoch string `json:"epoch"`
		Still bool   `json:"still"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	runs, _, _ := explore(t, program, map[string]any{
		"strategy": "replay", "steps": raw.Steps, "epoch": raw.Epoch, "still": raw.Still, "iterations": 1, "traceEvery": 1,
	})
	if len(runs) != 1 {
		t.Fatalf("%d runs in a replay", len(runs))
	}
	return runs[0]
}

// In record mode the Go scheduler decides; the outcome is the program's own, and every run leaves a trace.
func TestRecord(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for _, program := range []string{
		"TestProgramFixedStatusManager", "TestProgramBuffered", "TestProgramSelect", "TestProgramOnce", "TestProgramCond",
	} {
		runs, _, out := explore(t, program, map[string]any{"mode": "record", "iterations": 20, "traceEvery": 1})
		if len(runs) != 20 {
			t.Errorf("%s: %d runs of 20", program, len(runs))
		}
		for _, r := range runs {
			trace, err := os.ReadFile(filepath.Join(out, strconv.Itoa(r.Index)+".trace"))
			if err != nil || !bytes.HasPrefix(trace, []byte("LOCKSTEP")) || r.Outcome != "pass" {
				t.Errorf("%s: run %d: %s %s, %d bytes of trace (%v)", program, r.Index, r.Outcome, r.Message, len(trace), err)
			}
		}
	}
}

// A run is a function of its seed.
func TestSeedDecides(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	settings := map[string]any{"iterations": 50, "traceEvery": 1, "epoch": "1000000000"}
	_, _, first := explore(t, "TestProgramFixedStatusManager", settings)
	_, _, second := explore(t, "TestProgramFixedStatusManager", settings)
	for n := range 50 {
		name := strconv.Itoa(n) + ".trace"
		a, errA := os.ReadFile(filepath.Join(first, name))
		b, errB := os.ReadFile(filepath.Join(second, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Fatalf("run %d differs (%v, %v)", n, errA, errB)
		}
	}
}

// What is written of runs is the same, whether each has files of its own or all share one.
func TestTogether(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	settings := map[string]any{"iterations": 50, "traceEvery": 1, "epoch": "1000000000"}
	alone, _, aloneIn := explore(t, "TestProgramFixedStatusManager", settings)
	settings["together"] = true
	together, _, togetherIn := explore(t, "TestProgramFixedStatusManager", settings)
	if len(together) != 50 {
		t.Fatalf("%d runs", len(together))
	}
	for n, run := range together {
		for what, file := range map[string]string{"trace": run.Trace, "schedule": run.Schedule} {
			all, err := os.ReadFile(filepath.Join(togetherIn, file))
			if err != nil {
				t.Fatal(err)
			}
			of := map[string]string{"trace": alone[n].Trace, "schedule": alone[n].Schedule}[what]
			want, err := os.ReadFile(filepath.Join(aloneIn, of))
			part := run.Parts[what]
			if got := all[part[0]:][:part[1]]; err != nil || !bytes.Equal(got, want) {
				t.Errorf("the %s of run %d differs (%v)", what, n, err)
			}
		}
	}
}

func TestControl(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for _, c := range []struct {
		program, outcome, message string
		foreign                   bool
	}{
		{"TestProgramStatusManager", "blocked", "", false},
		{"TestProgramFixedStatusManager", "pass", "", false},
		{"TestProgramABBA", "blocked", "", false},
		{"TestProgramTimeout", "blocked", "", false},
		{"TestProgramBuffered", "pass", "", false},
		{"TestProgramSelect", "pass", "", false},
		{"TestProgramWriterPreference", "blocked", "", false},
		{"TestProgramOnce", "pass", "", false},
		{"TestProgramOnceAgain", "blocked", "", false},
		{"TestProgramCond", "pass", "", false},
		{"TestProgramSendOnClosed", "panic", "send on closed channel", false},
		{"TestProgramUnlocked", "panic", "fatal error: sync: unlock of unlocked mutex", false},
		{"TestProgramSubtests", "pass", "", false},
		{"TestProgramFails", "fail", "", false},
		{"TestProgramForeign", "pass", "", true},
		{"TestProgramForeignHang", "hang", "", true},
		{"TestProgramReflectGo", "pass", "", false},
		{"TestProgramTicker", "pass", "", false},
		{"TestProgramReflectSend", "pass", "", false},
		{"TestProgramDeafTicker", "blocked", "", false},
		{"TestProgramSpins", "limit", "", false},
		{"TestProgramNil", "blocked", "", false},
	} {
		t.Run(strings.TrimPrefix(c.program, "TestProgram"), func(t *testing.T) {
			runs, summary, out := explore(t, c.program, nil)
			if c.outcome == "pass" {
				for _, r := range runs {
					t.Errorf("run %d: %s %s", r.Index, r.Outcome, r.Message)
				}
				if summary.Iterations != 500 {
					t.Errorf("%d iterations of 500", summary.Iterations)
				}
				return
			}
			if len(runs) == 0 {
				t.Fatalf("nothing found in %d iterations, %d distinct", summary.Iterations, summary.Distinct)
			}
			found := runs[len(runs)-1]
			if found.Outcome != c.outcome || !strings.Contains(found.Message, c.message) || found.Foreign != c.foreign {
				t.Fatalf("got %+v", found)
			}
			if c.foreign {
				return // what is not under control need not replay
			}
			if again := replayed(t, c.program, out, found.Schedule); again.Outcome != c.outcome {
				t.Errorf("the replay gave %q: %s", again.Outcome, again.Message)
			}
		})
	}
}

// Goroutines of other packages that compute are waited for longer than those that rest.
func TestWaitsForWhoComputesElsewhere(t *testing.T) {
	runs, summary, _ := explore(t, "TestProgramForeignComputes", map[string]any{"iterations": 3})
	if len(runs) > 0 || summary.Iterations != 3 {
		t.Errorf("%d runs of %d found something: %+v", len(runs), summary.Iterations, runs)
	}
}
