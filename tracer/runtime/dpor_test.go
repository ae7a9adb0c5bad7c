package lockstep

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var drawnKinds = []string{
	"lock", "lock", "trylock", "rlock", "wlock", "send", "send", "receive", "receive", "close", "len", "select", "poll", "either",
	"add", "load", "once", "wait", "signal", "broadcast", "yield", "sleep", "read", "write", "group", "random",
}

// A process ends with the first goroutine that is left behind: programs that do little else take too long.
const mostProcesses = 12

// exhaustion is what all processes of one exploration have shown.
type exhaustion struct {
	notes map[string]bool // of runs that are not redundant
	runs  int
	last  result
	done  bool
}

// exhaust explores a program that takes notes in as many processes as it takes, unless more than so many runs do not do.
func exhaust(t *testing.T, program string, most int, settings map[string]any) exhaustion {
	t.Helper()
	e := exhaustion{notes: make(map[string]bool)}
	state := ""
	for range mostProcesses {
		config := map[string]any{"strategy": "dpor", "iterations": most, "state": state, "epoch": "1000000000", "first": e.runs}
		for name, value := range settings {
			config[name] = value
		}
		_, summary, out := explore(t, program, config)
		observed, err := os.ReadFile(filepath.Join(out, "observed"))
		if err != nil {
			t.Fatal(err)
		}
		redundant := strconv.Itoa(e.last.Systematic.Redundant)
		for line := range strings.Lines(string(observed)) {
			before, notes, _ := strings.Cut(line, " ")
			if before == redundant {
				e.notes[notes] = true
			}
			redundant = before
		}
		e.runs += summary.Iterations
		e.last = summary
		if e.done = summary.Exhausted; e.done || e.runs >= most {
			break
		}
		state = filepath.Join(out, "state.json")
	}
	return e
}

// lackingIn gives one of the notes that others lack.
func (e exhaustion) lackingIn(others exhaustion) string {
	for notes := range e.notes {
		if !others.notes[notes] {
			return notes
		}
	}
	return ""
}

func environment(name string, value int) int {
	if number, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return number
	}
	return value
}

// What all interleavings of a small program show, those that are left after the reduction show too. DRAWN_FROM and
// DRAWN ask for other programs and more of them.
func TestDPORMissesNothing(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	const most = 10_000
	from, programs := environment("DRAWN_FROM", 0), environment("DRAWN", 16)
	points := []uint32{11, 13, 28, 29, 34, 35}
	compared, all, reduced, redundant, different := 0, 0, 0, 0, 0
	for seed := from; seed < from+programs; seed++ {
		source := rand.New(rand.NewPCG(uint64(seed), 1))
		kinds := drawnKinds
		if source.IntN(2) == 0 { // fewer kinds meet more often
			kinds = nil
			for range 4 {
				kinds = append(kinds, drawnKinds[source.IntN(len(drawnKinds))])
			}
		}
		text, err := json.Marshal(drawProgram(source, kinds, 2+source.IntN(2), 3))
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv(drawnVariable, string(text))
		every := exhaust(t, "TestProgramDrawn", most, map[string]any{"without": []string{"reduction"}, "points": points})
		if !every.done {
			continue
		}
		some := exhaust(t, "TestProgramDrawn", most, map[string]any{"points": points})
		progress := some.last.Systematic
		switch missed, invented := every.lackingIn(some), some.lackingIn(every); {
		case !some.done || progress.Incomplete != "":
			t.Errorf("program %d: %d runs instead of %d do not do, %q: %s", seed, some.runs, every.runs, progress.Incomplete, text)
		case progress.Interleavings > every.runs:
			t.Errorf("program %d: %d interleavings of %d: %s", seed, progress.Interleavings, every.runs, text)
		case missed != "":
			t.Errorf("program %d: not seen in %d of %d runs: %s%s", seed, some.runs, every.runs, missed, text)
		case invented != "":
			t.Errorf("program %d: seen only in %d of %d runs: %s%s", seed, some.runs, every.runs, invented, text)
		}
		compared++
		all, different = all+every.runs, different+len(every.notes)
		reduced, redundant = reduced+progress.Interleavings, redundant+progress.Redundant
	}
	t.Logf("%d programs: %d interleavings, %d with reduction and %d redundant runs; %d differ in what they show",
		compared, all, reduced, redundant, different)
	if compared < programs/4 || redundant > reduced {
		t.Errorf("%d of %d programs compared, %d redundant runs of %d", compared, programs, redundant, reduced)
	}
}

func TestDPORKnowsItsLimits(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for program, want := range map[string]struct {
		exhausted, timed bool
		incomplete       string
	}{
		"TestProgramFixedStatusManager": {exhausted: true},
		"TestProgramSelect":             {exhausted: true},
		"TestProgramCond":               {exhausted: true},
		"TestProgramTicker":             {exhausted: true, timed: true},
		"TestProgramSubtests":           {exhausted: true, timed: true},
		"TestProgramSpins":              {exhausted: true, incomplete: "too long"},
		"TestProgramForeign":            {exhausted: true, incomplete: "not instrumented"},
		"TestProgramImpatient":          {exhausted: true, timed: true, incomplete: "time to pass"},
		"TestProgramTries":              {exhausted: true, incomplete: "TryLock"},
	} {
		_, summary, _ := explore(t, program, map[string]any{"strategy": "dpor", "iterations": 20_000})
		got := summary.Systematic
		if got.Promising == (got.Incomplete != "") || summary.Exhausted != want.exhausted || got.Timed != want.timed || !strings.Contains(got.Incomplete, want.incomplete) ||
			(got.Incomplete == "") != (want.incomplete == "") {
			t.Errorf("%s: exhausted %v, %+v", program, summary.Exhausted, got)
		}
	}
}

func TestDPORSeesHopelessness(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	settings := map[string]any{"strategy": "dpor", "iterations": 500, "without": []string{withoutReduction}}
	_, summary, _ := explore(t, "TestProgramFeedsBack", settings)
	if summary.Exhausted || summary.Systematic.Promising || summary.Systematic.Incomplete != "" {
		t.Errorf("%+v", summary)
	}
}

// A wait that has begun before the group was at zero notices that the group is used again.
func TestDPORBeginsToWait(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	runs, summary, _ := explore(t, "TestProgramReuses", map[string]any{"strategy": "dpor"})
	if len(runs) != 1 || runs[0].Outcome != "panic" {
		t.Errorf("%+v in %d runs, %+v", runs, summary.Iterations, summary.Systematic)
	}
}

// Sleepers of the same duration wake together, in runs of this strategy and in their replays.
func TestDPORStandsStill(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	runs, summary, out := explore(t, "TestProgramSleepers", map[string]any{"strategy": "dpor"})
	if len(runs) != 1 || runs[0].Outcome != "fail" {
		t.Fatalf("%+v in %d runs", runs, summary.Iterations)
	}
	if again := replayed(t, "TestProgramSleepers", out, runs[0].Schedule); again.Outcome != "fail" {
		t.Errorf("the replay gave %q: %s", again.Outcome, again.Message)
	}
}
