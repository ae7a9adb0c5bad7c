package lockstep

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// What needs two operations to come in an order that is far from the usual one is found by changing chains. The bounds
// are three times the worst of ten seeds; random walks need a median of 643 and 1,092 runs.
func TestGopieChangesChains(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for seed := range 8 {
		for program, enough := range map[string]int{"TestProgramLateCycle": 30, "TestProgramLateStore": 105} {
			settings := map[string]any{"seed": strconv.Itoa(seed), "iterations": enough}
			if runs, _, _ := explore(t, program, with("gopie", settings)); len(runs) != 1 {
				t.Errorf("%s, seed %d: not found in %d runs", program, seed, enough)
			}
		}
	}
}

// Chains that can come about mostly do: those that happens-before forbids are not among them.
func TestGopieForcesItsChains(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for _, program := range []string{"TestProgramFixedStatusManager", "TestProgramBuffered", "TestProgramSelect", "TestProgramFeedsBack"} {
		_, _, out := explore(t, program, with("gopie", nil))
		text, err := os.ReadFile(filepath.Join(out, "state.json"))
		var state struct {
			Planner struct{ Forced, Came, Forbidden int }
		}
		if err == nil {
			err = json.Unmarshal(text, &state)
		}
		if p := state.Planner; err != nil || p.Forced < 100 || p.Came*2 < p.Forced || p.Forbidden == 0 {
			t.Errorf("%s: %+v of 500 (%v)", program, p, err)
		} else {
			t.Logf("%s: %+v", program, p)
		}
	}
}
