package lockstep

import (
	"maps"
	"os"
	"sync"
	"sync/atomic"
	"testing"
)

// Three goroutines that have nothing in common: many interleavings, one class.
func TestProgramApart(t *testing.T) {
	defer begin(t).Return()
	for range 3 {
		Go0(2, func() {
			var mu sync.Mutex
			Lock(3, &mu)
			Unlock(4, &mu)
		}).Call()
	}
}

// Two goroutines come to a lock in one order or the other; what they do before and after is their own.
func TestProgramTwoOrders(t *testing.T) {
	defer begin(t).Return()
	var mu sync.Mutex
	for range 2 {
		Go0(2, func() {
			busy(3, 3)
			Lock(4, &mu)
			Unlock(5, &mu)
			busy(6, 3)
		}).Call()
	}
}

// The order of readers among each other does not matter, that of a store among three loads does: four places.
func TestProgramReaders(t *testing.T) {
	defer begin(t).Return()
	var n atomic.Int32
	var rw sync.RWMutex
	for range 3 {
		Go0(2, func() {
			RLock(3, &rw)
			RUnlock(4, &rw)
		}).Call()
	}
	Go0(5, func() {
		for range 3 {
			AtomicLoad(6, &n).Load()
		}
	}).Call()
	Atomic(7, &n).Store(1)
}

// Two count, and nobody asks how far they are.
func TestProgramCounters(t *testing.T) {
	defer begin(t).Return()
	var n atomic.Int32
	for range 2 {
		Go0(2, func() {
			for range 3 {
				AtomicCount(3, &n).Add(1)
			}
		}).Call()
	}
}

func TestCoverageCountsClasses(t *testing.T) {
	eachStrategy(t, func(t *testing.T, strategy string) {
		for program, classes := range map[string]int{"TestProgramApart": 1, "TestProgramTwoOrders": 2, "TestProgramReaders": 4, "TestProgramCounters": 1} {
			_, summary, _ := explore(t, program, with(strategy, map[string]any{"iterations": 2_500}))
			got := summary.Coverage
			if got.Classes != classes || got.Pairs == 0 || got.States == 0 {
				t.Errorf("%s: %+v of %d interleavings, want %d classes", program, got, summary.Distinct, classes)
			}
			if recent := got.Recent; !summary.Exhausted && (recent.Pairs+recent.States+recent.Classes > 0 || recent.Runs == 0) {
				t.Errorf("%s: the last runs have added %+v", program, recent)
			}
		}
	})
}

// The coverage of three processes that follow each other is that of one.
func TestCoverageGoesOn(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	_, whole, _ := explore(t, "TestProgramFixedStatusManager", with("random", map[string]any{"iterations": 60}))
	settings := with("random", nil)
	var last result
	for first := 0; first < 60; first += 20 {
		part := maps.Clone(settings)
		maps.Copy(part, map[string]any{"first": first, "iterations": 20})
		var out string
		_, last, out = explore(t, "TestProgramFixedStatusManager", part)
		settings["state"] = out + "/state.json"
		if _, err := os.Stat(out + "/state.json"); err != nil {
			t.Fatal(err)
		}
	}
	if last.Coverage != whole.Coverage {
		t.Errorf("%+v, want %+v", last.Coverage, whole.Coverage)
	}
}
