package lockstep

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

var packageStarted time.Time

func init() { packageStarted = Now() } // as in a package that imports this one: its initialisation is over

// What a package notes when it is initialised lies in the past of every test.
func TestProgramSincePackageStarted(t *testing.T) {
	defer begin(t).Return()
	if passed := Since(packageStarted); passed <= 0 {
		t.Errorf("%v since the package was initialised", passed)
	}
}

// Looking at the clock takes hardly any time.
func TestProgramLooksAtClock(t *testing.T) {
	defer begin(t).Return()
	began := Now()
	for range 1000 {
		Now()
	}
	if took := Since(began); took <= 0 || took >= time.Millisecond {
		t.Errorf("a thousand looks at the clock took %v", took)
	}
}

func TestTime(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for _, program := range []string{"TestProgramSincePackageStarted", "TestProgramLooksAtClock"} {
		for _, epoch := range []string{"", "1000000000"} {
			runs, summary, _ := explore(t, program, map[string]any{"iterations": 3, "epoch": epoch})
			if len(runs) != 0 || summary.Iterations != 3 {
				t.Errorf("%s with epoch %q: %+v of %d", program, epoch, runs, summary.Iterations)
			}
		}
	}
}

// A timeout that comes too soon fails the test, and the goroutine that it did not wait for finds it ended: both say
// nothing about the program.
func TestProgramTimesOutTooSoon(t *testing.T) {
	defer begin(t).Return()
	done := Made(2, make(chan bool))
	Go0(3, func() {
		Gosched(4)
		t.Log("late")
		Close(5, done)
	}).Call()
	if Select(6, false, OnReceive(done), OnReceive(After(7, time.Second))) == 1 {
		t.Fatal("timeout")
	}
}

// A worker that is given fifteen seconds to begin, and only has to go on, is not there any more when these are over.
func TestProgramGivesUp(t *testing.T) {
	defer begin(t).Return()
	ready, work := Made(2, make(chan bool, 1)), Made(3, make(chan int))
	Go0(4, func() {
		timeout := After(5, 15*time.Second)
		To(6, ready).Send(true)
		if Select(7, false, OnReceive(ready), OnReceive(timeout)) == 0 {
			Receive(8, work)
		}
	}).Call()
	To(9, work).Send(1)
}

// Who reads the trace must be able to tell that the worker would not have given up on any machine.
func TestGivesUp(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	runs, _, out := explore(t, "TestProgramGivesUp", map[string]any{"iterations": 500})
	for _, run := range runs {
		header := headerOf(t, filepath.Join(out, strconv.Itoa(run.Index)+".trace"))
		if run.Outcome != "blocked" || !header.Early || header.Ahead < 14_000 || header.Ahead > 15_000 {
			t.Errorf("run %d: %s, early %t, by %d ms", run.Index, run.Outcome, header.Early, header.Ahead)
		}
	}
	if len(runs) == 0 {
		t.Error("the worker never gave up")
	}
}

func TestTooSoon(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	runs, summary, _ := explore(t, "TestProgramTimesOutTooSoon", map[string]any{"iterations": 500})
	for _, run := range runs {
		t.Errorf("run %d: %s %s", run.Index, run.Outcome, run.Message)
	}
	if summary.Iterations == 0 {
		t.Error("nothing ran")
	}
}
