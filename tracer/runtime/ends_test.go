package lockstep

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A run ends under control as it does without: by returning, failing, panicking, or not at all.
func TestEnds(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for _, program := range []struct {
		name, message string
		outcomes      []string
	}{
		{"TestProgramParallel", "", []string{"pass"}},
		{"TestProgramParallelOrder", "", []string{"pass", "fail"}},
		{"TestProgramParallelLeak", "", []string{"blocked"}},
		{"TestProgramParallelStuck", "", []string{"blocked"}},
		{"TestProgramParallelNested", "", []string{"pass"}},
		{"TestProgramParallelTwice", "testing: t.Parallel called multiple times", []string{"panic"}},
		{"TestProgramParallelAfterSetenv", "t.Setenv", []string{"panic"}},
		{"TestProgramLogsLate", "Log in goroutine after TestProgramLogsLate has completed: late", []string{"panic"}},
		{"TestProgramFailsLate", "Fail in goroutine after TestProgramFailsLate has completed", []string{"panic"}},
		{"TestProgramLogsInTime", "", []string{"pass"}},
		{"TestProgramFailNowElsewhere", "", []string{"fail"}},
		{"TestProgramSkips", "", []string{"pass"}},
		{"TestProgramGoexit", "test executed panic(nil) or runtime.Goexit", []string{"panic"}},
		{"TestProgramGoexitElsewhere", "", []string{"pass"}},
		{"TestProgramGoexitInSubtest", "test executed panic(nil) or runtime.Goexit", []string{"panic"}},
		{"TestProgramExits", "", []string{"pass", "fail"}},
		{"TestProgramExitsWithZero", "unexpected call to os.Exit(0) during test", []string{"panic"}},
		{"TestProgramFatal", "log.Fatal", []string{"fail"}},
		{"TestProgramFailsParent", "", []string{"fail"}},
	} {
		t.Run(program.name, func(t *testing.T) {
			seen := map[string]bool{}
			for first := 0; first < 200 && len(seen) < len(program.outcomes) || first == 0; first += 20 {
				runs, summary, out := explore(t, program.name, map[string]any{"first": first, "iterations": 20, "traceEvery": 1})
				if len(runs) == 0 {
					t.Fatalf("no runs; %d iterations", summary.Iterations)
				}
				if program.outcomes[0] == "pass" && len(program.outcomes) == 1 && len(runs) != 20 {
					t.Errorf("%d runs of 20", len(runs))
				}
				for _, r := range runs {
					if !slices.Contains(program.outcomes, r.Outcome) || !strings.Contains(r.Message, program.message) || r.Foreign {
						t.Fatalf("run %d: %+v", r.Index, r)
					}
					if seen[r.Outcome] {
						continue
					}
					seen[r.Outcome] = true
					for range 3 {
						if again := replayed(t, program.name, out, r.Schedule); again.Outcome != r.Outcome || again.Message != r.Message {
							t.Errorf("replay: %+v, was %+v", again, r)
						}
					}
				}
			}
			if len(seen) != len(program.outcomes) {
				t.Errorf("seen %v", seen)
			}
		})
	}
}

// A goroutine that runs a subtest carries its name, so that what it leaves behind can be attributed.
func TestSubtestNames(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	_, _, out := explore(t, "TestProgramParallelLeak", map[string]any{"iterations": 1})
	names := map[string]string{}
	for _, g := range headerOf(t, filepath.Join(out, "0.trace")).Goroutines {
		if g.Test != "" {
			names[g.Path] = g.Test
		}
	}
	if len(names) != 2 || names["1.1"] != "TestProgramParallelLeak/a" || names["1.2"] != "TestProgramParallelLeak/b" {
		t.Errorf("names %v", names)
	}
}

func headerOf(t *testing.T, file string) (header traceHeader) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(bytes.TrimSpace(data[16:16+binary.LittleEndian.Uint32(data[12:])]), &header); err != nil {
		t.Fatal(err)
	}
	return header
}

// A run that is written as it goes is known also when its process dies: its choices are those of the same run when it
// lives, as far as it got, and the number of the run stands in a file of its own.
func TestStream(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	settings := map[string]any{"iterations": 50, "epoch": "1000000000"}
	_, _, out := explore(t, "TestProgramDies", settings)
	mark, err := os.ReadFile(filepath.Join(out, "iteration"))
	if err != nil || len(mark) != 8 || binary.LittleEndian.Uint64(mark) == 0 {
		t.Fatalf("mark %v (%v)", mark, err)
	}
	index := int(binary.LittleEndian.Uint64(mark)) - 1
	settings["first"], settings["iterations"], settings["stream"] = index, 1, true
	_, _, out = explore(t, "TestProgramDies", settings)
	name := filepath.Join(out, strconv.Itoa(index))
	text, err := os.ReadFile(name + ".stream")
	if err != nil {
		t.Fatal(err)
	}
	var steps []step
	var goroutines []string
	for line := range strings.Lines(string(text)) {
		var read struct {
			Step      *step
			Case      *int
			Goroutine *headerGoroutine
		}
		if err := json.Unmarshal([]byte(line), &read); err != nil {
			t.Fatal(err)
		}
		switch {
		case read.Step != nil:
			steps = append(steps, *read.Step)
		case read.Case != nil:
			steps[len(steps)-1].Case = read.Case
		case read.Goroutine != nil:
			goroutines = append(goroutines, read.Goroutine.Path)
		}
	}
	if len(steps) == 0 || steps[len(steps)-1] != (step{G: "1", Op: "yield", Site: 9}) {
		t.Errorf("steps %v", steps)
	}
	if !slices.Equal(goroutines, []string{"0", "1", "1.1", "1.2"}) {
		t.Errorf("goroutines %v", goroutines)
	}
	records, err := os.ReadFile(name + ".events")
	if err != nil || len(records) == 0 || len(records)%recordBytes != 0 {
		t.Fatalf("%d bytes of events (%v)", len(records), err)
	}
	if last := operation(records[len(records)-recordBytes]); last != opYield {
		t.Errorf("the last event is %s", operationNames[last])
	}
	// The schedule leads there again, and an orderly end leaves no stream.
	again := map[string]any{"strategy": "replay", "steps": steps, "epoch": "1000000000", "iterations": 1, "stream": true}
	_, _, out = explore(t, "TestProgramDies", again)
	if _, err := os.Stat(filepath.Join(out, "0.stream")); err != nil {
		t.Errorf("the replay did not die: %v", err)
	}
	_, _, out = explore(t, "TestProgramBuffered", map[string]any{"iterations": 3, "stream": true})
	if left, _ := filepath.Glob(filepath.Join(out, "*.stream")); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// Where testing itself lets only some parallel subtests run at once, the others come when it lets them.
func TestParallelLimit(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	defer func(before int) { parallelLimit = before }(parallelLimit)
	parallelLimit = 1
	runs, summary, _ := explore(t, "TestProgramParallelGroup", map[string]any{"iterations": 5, "traceEvery": 1})
	if len(runs) != 5 {
		t.Fatalf("%d runs of 5, %+v", len(runs), summary)
	}
	for _, r := range runs {
		if r.Outcome != "pass" {
			t.Errorf("run %d: %+v", r.Index, r)
		}
	}
}
