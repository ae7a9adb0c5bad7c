package lockstep

import "unsafe"

// testFunction is a test under control: the one that is explored, or a subtest below it.
type testFunction struct {
	t       any
	name    string
	routine *routine
	above   *testFunction
	caller  *routine // waits in t.Run
	site    uint32   // of t.Run, later of t.Parallel

	parallel bool
	paused   []*testFunction // subtests that called t.Parallel and wait for this function to return
	running  int             // parallel subtests that have not ended
	ended    []uint32        // their last events
	event    uint32          // its last event that another goroutine waits for
}

type runsSubtests[T any] interface {
	testState
	Run(string, func(T)) bool
}

// Run is t.Run(name, f): the subtest is a goroutine of its own, its parent waits until it has ended or is parallel.
//
//go:norace
func Run[T runsSubtests[T]](site uint32, t T, name string, f func(T)) bool {
	r, caller := active()
	if r == nil {
		return recordedRun(site, t, name, f)
	}
	sub := &testFunction{routine: r.adopt(caller, site), caller: caller, above: r.testOf(t), site: site, event: none}
	r.emit(opChildWait, phaseBlock, caller, none, site)
	r.guard.lock()
	caller.status = statusTransit
	sub.routine.status = statusRunning
	r.current.Store(sub.routine)
	r.last = sub.routine
	r.guard.unlock()
	began := false
	ok := t.Run(name, func(t T) {
		began = true
		r.beginSubtest(sub, t)
		defer Guard{r, sub.routine, sub}.Return()
		f(t)
	})
	if !began {
		r.endSubtest(sub)
	}
	r.setPartner(r.emit(opChildWait, phaseWake, caller, none, site), sub.event)
	return ok
}

func (r *run) beginSubtest(sub *testFunction, t testState) {
	sub.t = t
	sub.routine.test = t.Name()
	r.subtests = append(r.subtests, sub)
	sub.routine.arrive(r)
	t.Cleanup(func() { r.endSubtest(sub) })
}

// testOf finds the test that t belongs to.
func (r *run) testOf(t any) *testFunction {
	for _, sub := range r.subtests {
		if sub.t == t {
			return sub
		}
	}
	return r.top
}

// endSubtest gives the turn back to the caller, which comes back from t.Run by itself, or lets anybody go on when
// the subtest is parallel.
func (r *run) endSubtest(sub *testFunction) {
	g := sub.routine
	if sub.t != nil {
		r.checkReturned(sub)
	}
	r.comeBack(g)
	sub.event = r.emit(opEnd, phaseDone, g, none, g.site)
	raceReleaseMerge(unsafe.Pointer(&r.hash))
	r.guard.lock()
	r.byGoroutine.remove(g.gp)
	g.status = statusDone
	if !sub.parallel {
		r.handBack(sub.caller)
		r.guard.unlock()
		return
	}
	above := sub.above
	above.ended = append(above.ended, sub.event)
	if above.running--; above.running == 0 {
		above.routine.status = statusRunnable
	}
	r.unpark(r.choose(g))
}

// handBack gives the turn to a goroutine that is about to return from code that is not instrumented. Called with the
// lock held.
func (r *run) handBack(g *routine) {
	g.status = statusRunning
	r.current.Store(g)
	r.last = g
}

// Parallel is t.Parallel(): the subtest waits until the function that started it has returned, and then runs
// interleaved with the other parallel ones. One test is explored at a time, so in the test itself it does nothing.
func Parallel(site uint32, t interface{ Parallel() }) {
	r, g := active()
	if r == nil {
		recordedParallel(site, t)
		return
	}
	sub := r.testOf(t)
	switch {
	case sub == r.top:
		if insideOf(t).parallel(true) {
			t.Parallel() // it panics
		}
	case sub.parallel || sub.routine != g:
		t.Parallel()
	default:
		r.pause(sub, t.Parallel, site)
	}
}

// pause hands the turn to the caller of t.Run, which comes back from there when testing's own Parallel has begun.
func (r *run) pause(sub *testFunction, parallel func(), site uint32) {
	g, above := sub.routine, sub.above
	g.pending, g.pendingSite = opParallel, site
	sub.event = r.emit(opParallel, phaseBlock, g, none, site)
	r.guard.lock()
	g.status = statusTransit
	g.arrived = false
	sub.parallel = true
	above.paused = append(above.paused, sub)
	r.handBack(sub.caller)
	r.guard.unlock()
	refused := true
	defer func() {
		if refused { // it panics: the subtest goes on with that
			r.guard.lock()
			sub.parallel = false
			above.paused = above.paused[:len(above.paused)-1]
			sub.caller.status = statusTransit
			r.handBack(g)
			r.guard.unlock()
		}
	}()
	parallel()
	refused = false
	r.awaitTurn(g)
	r.setPartner(r.emit(opParallel, phaseWake, g, none, site), above.event)
}

// release lets the parallel subtests run when the function that started them has returned, and its goroutine go on
// into testing, which waits for them there before it calls the cleanups.
func (r *run) release(f *testFunction) {
	g := f.routine
	r.comeBack(g)
	f.event = r.emit(opChildWait, phaseBlock, g, none, g.site)
	r.setArgument(f.event, waitsForParallel)
	// Registered last, so it runs first.
	f.t.(testState).Cleanup(func() {
		r.awaitTurn(g)
		for _, ended := range f.ended {
			r.setPartner(r.emit(opChildWait, phaseWake, g, none, g.site), ended)
		}
	})
	r.guard.lock()
	g.status = statusTransit
	g.arrived = false
	g.pending, g.pendingSite = opChildWait, g.site
	for _, sub := range f.paused {
		sub.routine.status = statusRunnable
	}
	f.running, f.paused = len(f.paused), nil
	r.unpark(r.choose(g))
}

// awaitTurn is where a goroutine comes back to that left for testing's own code and may have been chosen already.
func (r *run) awaitTurn(g *routine) {
	r.guard.lock()
	if g.status == statusForeign { // chosen, and testing did not let it come back for long
		r.guard.unlock()
		r.comeBack(g)
		return
	}
	if r.current.Load() == g {
		g.arrived = true
		r.guard.unlock()
		return
	}
	r.park(g, nil)
}
