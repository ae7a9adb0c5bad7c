package lockstep

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
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
	data, err := os.ReadFile(filepath.Join(out, "0.trace"))
	if err != nil {
		t.Fatal(err)
	}
	var header traceHeader
	if err := json.Unmarshal(bytes.TrimSpace(data[16:16+binary.LittleEndian.Uint32(data[12:])]), &header); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, g := range header.Goroutines {
		if g.Test != "" {
			names[g.Path] = g.Test
		}
	}
	if len(names) != 2 || names["1.1"] != "TestProgramParallelLeak/a" || names["1.2"] != "TestProgramParallelLeak/b" {
		t.Errorf("names %v", names)
	}
}
