package lockstep

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

type recorded struct {
	Test    string `json:"test"`
	Outcome string `json:"outcome"`
	Failed  bool   `json:"failed"`
	Skipped bool   `json:"skipped"`
	Message string `json:"message"`
	Trace   string `json:"trace"`
}

// recordAll runs the programs whose names begin with the prefix in one process that records every test.
func recordAll(t *testing.T, prefix string) (lines map[string]recorded, printed string) {
	t.Helper()
	out := t.TempDir()
	text, err := json.Marshal(map[string]any{
		"version": 1, "mode": "record", "strategy": "random", "package": "p", "test": "", "seed": "1",
		"iterations": 1, "traceEvery": 1, "out": out,
	})
	name := filepath.Join(out, "config.json")
	if err == nil {
		err = os.WriteFile(name, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0], "-test.run=^"+prefix, "-test.timeout=20s", "-test.parallel=4")
	command.Env = append(os.Environ(), configVariable+"="+name)
	said, _ := command.CombinedOutput() // some fail on purpose
	results, err := os.ReadFile(filepath.Join(out, "results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines = map[string]recorded{}
	for _, line := range strings.Split(strings.TrimSpace(string(results)), "\n") {
		var one recorded
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		lines[one.Test] = one
	}
	return lines, string(said)
}

// Tests of one process are recorded each on its own, as Go runs them: in parallel where they ask for it.
func TestRecordsEveryTest(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	lines, said := recordAll(t, "TestProgramRecorded[^P]")
	for name, want := range map[string]recorded{
		"TestProgramRecordedHere":  {Outcome: "pass"},
		"TestProgramRecordedThere": {Outcome: "pass"},
		"TestProgramRecordedFails": {Outcome: "fail", Failed: true},
		"TestProgramRecordedSkips": {Outcome: "pass", Skipped: true},
		"TestProgramRecordedOrder": {Outcome: "pass"},
	} {
		got := lines[name]
		if got.Outcome != want.Outcome || got.Failed != want.Failed || got.Skipped != want.Skipped || got.Trace == "" {
			t.Errorf("%s: got %+v, want %+v\n%s", name, got, want, said)
		}
	}
}

// A panic ends the process as it would, with the stack that Go prints.
func TestRecordsPanic(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	lines, said := recordAll(t, "TestProgramRecordedPanic")
	if got := lines["TestProgramRecordedPanic"]; got.Outcome != "panic" || got.Message != "boom" {
		t.Errorf("got %+v", got)
	}
	if !strings.Contains(said, "panic: boom") || !strings.Contains(said, "exploding") {
		t.Errorf("printed %s", said)
	}
}
