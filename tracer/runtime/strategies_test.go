package lockstep

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// strategies are those that explore, with what each of them needs to be told.
var strategies = map[string]map[string]any{
	"random":   nil,
	"pct":      nil,
	"pos":      nil,
	"surw":     nil,
	"bounded":  nil,
	"gopie":    nil,
	"reversal": nil,
	"auto":     nil,
	"steer":    {"targets": []target{{Kind: targetLockCycle, Sites: []uint32{5, 9}}}},
}

func with(strategy string, more map[string]any) map[string]any {
	settings := map[string]any{"strategy": strategy, "epoch": "1000000000"}
	maps.Copy(settings, strategies[strategy])
	maps.Copy(settings, more)
	return settings
}

func eachStrategy(t *testing.T, check func(t *testing.T, strategy string)) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for strategy := range strategies {
		t.Run(strategy, func(t *testing.T) { check(t, strategy) })
	}
}

// What one strategy finds, every one does, and its schedules are replayed as those of any other.
func TestStrategiesFind(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		for program, outcome := range map[string]string{
			"TestProgramStatusManager": "blocked", "TestProgramABBA": "blocked", "TestProgramTimeout": "blocked",
			"TestProgramWriterPreference": "blocked", "TestProgramSendOnClosed": "panic", "TestProgramSpins": "limit",
		} {
			runs, summary, out := explore(t, program, with(strategy, nil))
			if len(runs) == 0 {
				t.Errorf("%s: nothing found in %d runs", program, summary.Iterations)
				continue
			}
			found := runs[len(runs)-1]
			if again := replayed(t, program, out, found.Schedule); found.Outcome != outcome || again.Outcome != outcome {
				t.Errorf("%s: %q %s, replayed %q %s", program, found.Outcome, found.Message, again.Outcome, again.Message)
			}
		}
	})
}

func TestStrategiesLetPass(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		for _, program := range []string{
			"TestProgramFixedStatusManager", "TestProgramBuffered", "TestProgramSelect", "TestProgramOnce",
			"TestProgramAlone", "TestProgramCond", "TestProgramSubtests", "TestProgramTicker", "TestProgramReflectSend",
		} {
			runs, summary, _ := explore(t, program, with(strategy, nil))
			for _, r := range runs {
				t.Errorf("%s: run %d: %s %s", program, r.Index, r.Outcome, r.Message)
			}
			if summary.Iterations != 500 && !summary.Exhausted {
				t.Errorf("%s: %d iterations of 500", program, summary.Iterations)
			}
		}
	})
}

// tracesOf gives the traces of runs from first on, and what the process has left for the next one.
func tracesOf(t *testing.T, program string, first, runs int, settings map[string]any) (traces [][]byte, state string) {
	t.Helper()
	settings = maps.Clone(settings)
	maps.Copy(settings, map[string]any{"first": first, "iterations": runs, "traceEvery": 1})
	_, summary, out := explore(t, program, settings)
	if summary.Iterations != runs && !summary.Exhausted {
		t.Fatalf("%s: %d runs of %d", program, summary.Iterations, runs)
	}
	for n := range summary.Iterations {
		trace, err := os.ReadFile(filepath.Join(out, strconv.Itoa(first+n)+".trace"))
		if err != nil {
			t.Fatal(err)
		}
		traces = append(traces, trace)
	}
	return traces, filepath.Join(out, "state.json")
}

const someRuns = 60

func compareTraces(t *testing.T, program string, some, others [][]byte) {
	t.Helper()
	if len(some) == 0 || len(some) != len(others) {
		t.Fatalf("%s: %d and %d runs", program, len(some), len(others))
	}
	for n := range some {
		if !bytes.Equal(some[n], others[n]) {
			t.Fatalf("%s: run %d differs", program, n)
		}
	}
}

func TestStrategiesFollowTheirSeed(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		for _, program := range []string{"TestProgramFixedStatusManager", "TestProgramTicker", "TestProgramSelect"} {
			some, _ := tracesOf(t, program, 0, someRuns, with(strategy, nil))
			others, _ := tracesOf(t, program, 0, someRuns, with(strategy, nil))
			compareTraces(t, program, some, others)
		}
	})
}

// Three processes that hand on what was learned make the runs that one would have made.
func TestStrategiesGoOn(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		for _, program := range []string{"TestProgramFixedStatusManager", "TestProgramTicker"} {
			whole, _ := tracesOf(t, program, 0, someRuns, with(strategy, nil))
			var parts [][]byte
			settings := with(strategy, nil)
			for first := 0; first < someRuns; first += someRuns / 3 {
				traces, state := tracesOf(t, program, first, someRuns/3, settings)
				parts = append(parts, traces...)
				settings["state"] = state
			}
			compareTraces(t, program, whole, parts)
		}
	})
}

// The predicted danger is brought about in a few runs, whatever the seed, although random walks hardly meet it.
func TestSteerMeetsTargets(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for _, c := range []struct {
		program, outcome string
		target           target
	}{
		{"TestProgramLateCycle", "blocked", target{targetLockCycle, []uint32{5, 9}}},
		{"TestProgramLateStore", "fail", target{targetRace, []uint32{4, 6}}},
		{"TestProgramEarlyClose", "panic", target{targetOrder, []uint32{6, 4}}},
	} {
		for seed := range 8 {
			settings := map[string]any{"targets": []target{c.target}, "seed": strconv.Itoa(seed), "iterations": 40}
			runs, _, _ := explore(t, c.program, with("steer", settings))
			if len(runs) != 1 || runs[0].Outcome != c.outcome {
				t.Errorf("%s, seed %d: %+v", c.program, seed, runs)
			}
		}
	}
}

// A bug of depth d among n goroutines and k choices is met with a probability of at least 1/(n*k^(d-1)) in each run of
// at least that depth. LateStore: n = 2, k < 50, d = 2 in four of five runs: all of 1,500 runs miss it with
// (1-1/100)^1200 < 1e-5. TwoStores: n = 2, k < 20, d = 3 in three of five runs: 15,000 with (1-1/800)^9000 < 2e-5.
func TestPCTKeepsItsGuarantee(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for seed := range 12 {
		for program, enough := range map[string]int{"TestProgramLateStore": 1_500, "TestProgramTwoStores": 15_000} {
			settings := map[string]any{"seed": strconv.Itoa(seed), "iterations": enough}
			if runs, _, _ := explore(t, program, with("pct", settings)); len(runs) != 1 || runs[0].Outcome != "fail" {
				t.Errorf("%s, seed %d: %+v", program, seed, runs)
			}
		}
	}
}

// One delay at each of k choices: at most k runs, and as many of those with more of them. Two: k*(k+1)/2, which are a
// quarter of the runs at least.
func TestBoundedIsSystematic(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for program, enough := range map[string]int{"TestProgramLateStore": 2*50 + 1, "TestProgramTwoStores": 4*20*21/2 + 1} {
		if runs, _, _ := explore(t, program, with("bounded", map[string]any{"iterations": enough})); len(runs) != 1 || runs[0].Outcome != "fail" {
			t.Errorf("%s: %+v", program, runs)
		}
	}
}

// Of ExactMoment one pair of 40 has to be reversed, however far apart, and nearly nothing else conflicts; every 32nd run
// reverses nothing, and up to half of the others reverse two. TwoStores: two pairs of ten, one after the other.
func TestReversalIsSystematic(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for seed := range 12 {
		for program, enough := range map[string]int{"TestProgramExactMoment": 2*(40+4) + 6, "TestProgramTwoStores": 4*10*10 + 20} {
			settings := map[string]any{"seed": strconv.Itoa(seed), "iterations": enough}
			if runs, _, _ := explore(t, program, with("reversal", settings)); len(runs) != 1 || runs[0].Outcome != "fail" {
				t.Errorf("%s, seed %d: %+v", program, seed, runs)
			}
		}
	}
}

// Each of the 41 moments is as likely as any other: only the counter matters, and who was chosen before the goroutine that
// counts was there has been chosen for that one, too. 400 runs miss one with (1-1/41)^400 < 1e-4.
func TestSurwIsUniform(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for seed := range 12 {
		settings := map[string]any{"seed": strconv.Itoa(seed), "iterations": 400}
		if runs, _, _ := explore(t, "TestProgramExactMoment", with("surw", settings)); len(runs) != 1 || runs[0].Outcome != "fail" {
			t.Errorf("seed %d: %+v", seed, runs)
		}
	}
}

// The portfolio finds what only some of its arms find soon, and takes notice of targets unless it is told not to.
func TestAutoFindsWhatItsArmsFind(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for seed := range 6 {
		for _, program := range []string{"TestProgramLateStore", "TestProgramTwoStores", "TestProgramExactMoment", "TestProgramLateCycle"} {
			settings := map[string]any{"seed": strconv.Itoa(seed), "iterations": 3_000}
			if runs, _, _ := explore(t, program, with("auto", settings)); len(runs) != 1 {
				t.Errorf("%s, seed %d: nothing found", program, seed)
			}
		}
	}
}

// Of a small test all interleavings are explored, unless nobody asks for that.
func TestAutoProvesSmallTests(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	_, summary, _ := explore(t, "TestProgramTwoOrders", with("auto", nil))
	if !summary.Exhausted || summary.Coverage.Classes != 2 || summary.Iterations > smallRuns {
		t.Errorf("%+v", summary)
	}
	_, summary, _ = explore(t, "TestProgramTwoOrders", with("auto", map[string]any{"without": []string{withoutProof}}))
	if summary.Exhausted || summary.Iterations != 500 {
		t.Errorf("without proof: %+v", summary)
	}
}

// A select sees that a channel was closed before the run.
func TestClosedBefore(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	runs, summary, _ := explore(t, "TestProgramClosedBefore", map[string]any{"strategy": "dpor"})
	if len(runs) > 0 || !summary.Exhausted || summary.Systematic.Interleavings != 9 {
		t.Errorf("%+v in %+v", runs, summary)
	}
}

// Without a word about it a directed run hands on where a goroutine yields, which is no preemption.
func TestDirectedHandsOn(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	settings := map[string]any{"strategy": "directed", "directives": []directive{{}}, "iterations": 1, "traceEvery": 1}
	runs, _, _ := explore(t, "TestProgramAwaits", settings)
	if len(runs) != 1 || runs[0].Outcome != "pass" || runs[0].Preemptions != 0 {
		t.Errorf("%+v", runs)
	}
}

// What all interleavings show with the same random numbers is no proof: other arms draw others.
func TestAutoProvesNothingOfDraws(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	runs, summary, _ := explore(t, "TestProgramDraws", with("auto", map[string]any{"iterations": 5_000}))
	if !summary.Systematic.Drawn || summary.Exhausted || len(runs) != 1 || runs[0].Outcome != "fail" {
		t.Errorf("%+v after %+v", summary, runs)
	}
}

func TestAutoDealsItsRunsOut(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	targets := []target{{Kind: targetRace, Sites: []uint32{10, 10}}}
	for _, part := range []string{"", withoutFeedback, withoutPrediction} {
		without := []string{withoutProof, part}
		settings := map[string]any{"iterations": 800, "targets": targets, "without": without}
		_, summary, _ := explore(t, "TestProgramFixedStatusManager", with("auto", settings))
		all := 0
		for name, runs := range summary.Arms {
			all += runs
			if runs < 800/(2*roundRobinShare)/2 {
				t.Errorf("without %v: %s has had %d runs", without, name, runs)
			}
		}
		if _, steers := summary.Arms["steer"]; all != 800 || steers != !oneOf(without, withoutPrediction) {
			t.Errorf("without %v: %v", without, summary.Arms)
		}
	}
}
