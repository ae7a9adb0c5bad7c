package lockstep

import (
	"runtime"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// Go's goroutine leak profile is a second witness of what is blocked for ever: a garbage collection that takes a
// goroutine for leaked when nothing that can still run reaches what it waits for. Our goroutines are parked by us, and
// our tables reach everything. So when a run has ended with goroutines that are blocked for ever, they are made to do
// the real operation, and the tables are let go.

// LeakGC is a garbage collection that looks for leaked goroutines; nil where this Go has none. A file that the overlay
// adds to runtime/pprof sets it: the linker keeps the function for that package.
var LeakGC func()

type leakProfile struct {
	Leaked []string `json:"leaked"` // paths of goroutines
	Kept   []string `json:"kept"`   // those that it does not take for leaked
}

func (r *run) asksProfile() bool {
	return LeakGC != nil && r.process.config.Profile && r.outcome == "blocked"
}

// finishWithProfile asks, and ends the process.
func (r *run) finishWithProfile() {
	r.guard.lock() // whoever found that nothing can move is parked, or gone, when it is free
	theRun.Store(nil)
	asked := r.asked()
	r.guard.unlock()
	// Who waits to read behind a writer does so only when the writer is there.
	for _, reads := range []bool{false, true} {
		for _, g := range asked {
			if (g.waitOp == opRLock) == reads {
				g.real = true
				g.poll = nil
				goready(g.gp, 1)
			}
		}
		for range 3 {
			runtime.Gosched() // there is one processor: each of them runs until it is blocked
		}
	}
	r.forget()
	LeakGC()
	states := statesOf()
	r.profile = &leakProfile{Leaked: []string{}, Kept: []string{}}
	for _, g := range asked {
		if strings.Contains(states[goroutineNumber(g.gp)], "(leaked)") {
			r.profile.Leaked = append(r.profile.Leaked, g.path)
		} else {
			r.profile.Kept = append(r.profile.Kept, g.path)
		}
	}
	r.process.finish(r)
}

// asked are the goroutines that are blocked in an operation that can be done for real. Called with the lock held.
func (r *run) asked() []*routine {
	var asked []*routine
	for _, g := range r.routines[1:] {
		if g.status == statusBlocked && g.arrived && g.waitOp != opSleep && g.waitOp != opOnce {
			asked = append(asked, g)
		}
	}
	return asked
}

// forget lets go of all that reaches objects of the program.
func (r *run) forget() {
	r.clock = clock{}
	r.forgetObjects()
	r.top, r.subtests, r.testFailed = nil, nil, nil
}

func (r *run) forgetObjects() {
	r.objects, r.shared, r.maps = identities{}, identities{}, table[unsafe.Pointer, *mapState]{}
	r.acquainted = table[unsafe.Pointer, uint64]{}
	r.channels, r.timers = table[unsafe.Pointer, *channelState]{}, table[unsafe.Pointer, *timerEntry]{}
	r.mutexes, r.rwlocks = table[unsafe.Pointer, *mutexState]{}, table[unsafe.Pointer, *rwState]{}
	r.groups, r.onces = table[unsafe.Pointer, *groupState]{}, table[unsafe.Pointer, *onceState]{}
	r.conds, r.pools = table[unsafe.Pointer, *condState]{}, table[unsafe.Pointer, *poolState]{}
}

// really does the real operation when the goroutine was asked to, which blocks it for good.
func (g *routine) really(operation func()) {
	if g.real {
		operation()
		for { // it could go on after all: then it is not leaked
			time.Sleep(time.Hour)
		}
	}
}

// statesOf gives the states of all goroutines, as stack dumps print them, by their numbers.
func statesOf() map[uint64]string {
	buffer := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buffer, true)
		if n < len(buffer) {
			buffer = buffer[:n]
			break
		}
		buffer = make([]byte, 2*len(buffer))
	}
	states := make(map[uint64]string)
	for stack := range strings.SplitSeq(string(buffer), "\n\n") {
		rest, ok := strings.CutPrefix(stack, "goroutine ")
		number, rest, found := strings.Cut(rest, " [")
		state, _, closed := strings.Cut(rest, "]:")
		if id, err := strconv.ParseUint(number, 10, 64); ok && found && closed && err == nil {
			states[id] = state
		}
	}
	return states
}
