package lockstep

import (
	"strconv"
	"unsafe"
)

type status uint8

const (
	statusRunnable status = iota
	statusRunning
	statusBlocked  // waits for a modelled operation
	statusForeign  // set aside: blocked in code that is not instrumented
	statusTransit  // waits in t.Run for its subtest, or in t.Parallel
	statusDraining // the test's goroutine, after the test: waits until nothing else can move
	statusDone
)

// routine is one goroutine of the run.
type routine struct {
	id       int
	path     string
	key      uint64 // stands for the path
	parent   uint64 // key of who started it
	test     string // full name of the subtest that it runs
	site     uint32
	gp       unsafe.Pointer
	arrived  bool // parked at least once, or about to under the lock
	children int
	loops    uint64 // over maps, begun
	status   status

	// What it will do when it goes on.
	pending      operation
	pendingSite  uint32
	pendingOn    unsafe.Pointer // the channel, lock or variable; nil: several, none, or not known
	pendingSize  int            // of a variable, in bytes
	pendingAgain bool           // it had to wait for that
	pendingTry   bool           // gives up where it would have to wait
	pendingWhat  int8           // of an atomic operation: what it does; 0: not known

	// What it waits for while blocked, for counts and messages.
	waitSite   uint32
	waitOp     operation
	poll       func() bool // tries the real operation: code that is not instrumented may have made it possible
	real       bool        // it is to do the real operation now: see leakprofile.go
	steps      int
	startEvent uint32
	parking    parking
	through    uint32 // site of the call through an interface that is being made; 0: none
	cancels    uint32 // the same of a call of a context.CancelFunc
	retakes    uint32 // site of the Cond.Wait whose lock it takes again; 0: none
	stack      uint32 // of its newest event, where they are kept; see callStacks

	finalizes bool   // what others did to what it touches came before, however they did it
	recording *run   // that it belongs to, in record mode
	endEvent  uint32 // in record mode
	hidden    bool   // from the race detector, see raceHide
}

func (r *run) newRoutine(parent *routine, site uint32) *routine {
	g := &routine{id: len(r.routines), site: site, status: statusRunnable, pending: opStart, startEvent: none}
	switch {
	case parent != nil:
		parent.children++
		g.path = parent.path + "." + strconv.Itoa(parent.children)
		g.key, g.parent = mix(parent.key, uint64(parent.children)), parent.key
	case len(r.routines) == 0:
		g.path = "0" // the clock
	default:
		g.path, g.key = "1", 1
	}
	r.routines = append(r.routines, g)
	return g
}

// bind ties the calling goroutine to g.
func (r *run) bind(g *routine) {
	g.gp = currentGoroutine()
	r.byGoroutine.put(g.gp, g)
}

// active gives the run and the routine of the calling goroutine, which then has the turn; nil, nil when it is
// not under control.
func active() (*run, *routine) {
	r := theRun.Load()
	if r == nil {
		return nil, nil
	}
	gp := currentGoroutine()
	if g := r.current.Load(); g != nil && g.gp == gp {
		if raceDetector {
			g.raceEnd()
		}
		return r, g
	}
	r.guard.lock()
	g := r.byGoroutine.get(gp)
	r.guard.unlock()
	if g == nil {
		r.foreignCall.Store(true)
		return nil, nil
	}
	r.comeBack(g)
	return r, g
}

// holdsTurn is the cheap form of active for what is recorded only: nil when the caller does not have the turn.
func holdsTurn() (*run, *routine) {
	if r := theRun.Load(); r != nil {
		if g := r.current.Load(); g != nil && g.gp == currentGoroutine() {
			return r, g
		}
	}
	return nil, nil
}
