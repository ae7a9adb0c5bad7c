package lockstep

import "unsafe"

// point is a scheduling point before an operation of g on the channel, lock or variable at on (nil: several, or none):
// any runnable goroutine may go on, g among them.
func (r *run) point(g *routine, o operation, site uint32, on unsafe.Pointer) {
	if site&internalSite != 0 {
		return
	}
	r.guard.lock()
	g.pending, g.pendingSite, g.pendingOn, g.pendingAgain = o, site, on, false
	g.status = statusRunnable
	next := r.choose(g)
	if next == g {
		r.guard.unlock()
		return
	}
	r.park(g, next)
}

// block ends the turn of g until somebody calls ready for it. The caller has queued g where that happens.
func (r *run) block(g *routine, o operation, site uint32, poll func() bool) {
	r.guard.lock()
	g.pending, g.pendingSite, g.pendingAgain = o, site, true
	g.waitOp, g.waitSite = o, site
	g.poll = poll
	g.status = statusBlocked
	next := r.choose(g)
	if next == g {
		r.guard.unlock()
	} else {
		r.park(g, next)
		if r.showing {
			r.show()
		}
	}
	g.poll = nil
}

// ready makes a blocked goroutine runnable. Called by the one that has the turn.
func (r *run) ready(g *routine) {
	if g.status == statusBlocked {
		g.status = statusRunnable
	}
}

// comeBack queues a goroutine that was set aside and has returned from code that is not instrumented, until it
// has the turn again.
func (r *run) comeBack(g *routine) {
	r.guard.lock()
	if g.status != statusForeign {
		r.guard.unlock()
		return
	}
	g.pending, g.pendingSite = opNone, none
	r.foreignInside--
	g.status = statusRunnable
	var next *routine
	if r.current.Load() == nil {
		next = r.choose(nil)
	}
	if next == g {
		r.guard.unlock()
	} else {
		r.park(g, next)
	}
	r.emit(opNone, phaseWake, g, none, none)
}

// leave ends goroutine g and hands the turn on.
func (r *run) leave(g *routine) {
	r.comeBack(g)
	r.emit(opEnd, phaseDone, g, none, g.site)
	raceReleaseMerge(unsafe.Pointer(&r.hash))
	r.guard.lock()
	r.byGoroutine.remove(g.gp)
	g.status = statusDone
	r.unpark(r.choose(g))
}

// choose decides who has the turn next and gives it to them: the result is current and running. nil: nobody
// can move now, the monitor takes over. Called with the lock held; prev had the turn, nil when it was idle.
// Ends the process when nothing can ever move again and the test has not returned.
func (r *run) choose(prev *routine) *routine {
	r.progress.Add(1)
	for {
		r.clock.fireDue(r)
		options := r.options()
		if len(options) == 0 {
			if r.pollBlocked() {
				continue
			}
			if r.foreignInside == 0 && (r.collectIdle() || !r.waitsForOutsiders(prev) && (r.clock.jump(r, inTime) || r.collectLast())) {
				continue
			}
			if r.mayMoveByItself(prev) {
				r.current.Store(nil)
				r.process.wakeMonitor()
				return nil
			}
			return r.conclude()
		}
		if len(r.steps) >= r.process.config.MaxSteps {
			return r.stop("limit", "the bound on steps was reached")
		}
		if r.overdue.Load() {
			return r.stop("limit", "the time of its process was over")
		}
		if r.returned {
			if r.drainSteps++; r.drainSteps > r.process.config.MaxSteps/drainShare {
				return r.stop("limit", "goroutines were still running long after the test had returned")
			}
		}
		next := r.policy.next(r, prev, options)
		if next == nil { // the strategy let time pass
			before := r.clock.elapsed
			if !r.clock.jump(r, aheadOfTime) {
				continue
			}
			r.early = true
			r.ahead += r.clock.elapsed - before
			r.record(r.routines[0], opClock, none)
			r.routines[0].steps++
			r.last = r.routines[0]
			continue
		}
		if r.outcome == "diverged" {
			r.process.finish(r)
		}
		r.take(prev, next)
		return next
	}
}

// drainShare bounds how long goroutines may go on after the test has returned: this part of all steps.
const drainShare = 4

// pollBlocked makes runnable whoever could go on by what code that is not instrumented has done: a send through
// reflect, say. False when there is nobody.
func (r *run) pollBlocked() bool {
	found := false
	for _, g := range r.routines[1:] {
		if g.status == statusBlocked && g.poll != nil && g.poll() {
			r.foreign, found = true, true
			g.status = statusRunnable
		}
	}
	return found
}

func (r *run) options() []*routine {
	r.runnable = r.runnable[:0]
	for _, g := range r.routines[1:] {
		if g.status == statusRunnable {
			r.runnable = append(r.runnable, g)
		}
	}
	return r.runnable
}

func (r *run) take(prev, next *routine) {
	if prev != nil && prev != next && prev.status == statusRunnable && prev.pending != opYield {
		r.preemptions++
	}
	r.record(next, next.pending, next.pendingSite)
	next.status = statusRunning
	next.steps++
	r.clock.stepped()
	r.last = next
	r.current.Store(next)
}

func (r *run) record(g *routine, o operation, site uint32) {
	r.steps = append(r.steps, taken{g: int32(g.id), op: o, again: g.pendingAgain, site: site, kase: -1, events: int32(len(r.events))})
	for _, word := range [...]uint64{uint64(g.id), uint64(o), uint64(site)} {
		r.hash = (r.hash ^ word) * 1099511628211
	}
	if r.stream != nil {
		r.stream.step()
	}
}

// recordCase notes the case that a select took, in the step that led there.
func (r *run) recordCase(index int) {
	if len(r.steps) == 0 {
		return
	}
	r.steps[len(r.steps)-1].kase = int32(index)
	r.hash = (r.hash ^ uint64(index+1)) * 1099511628211
	if r.stream != nil {
		r.stream.kase(index)
	}
}

// conclude is reached when nothing can move. Called with the lock held.
func (r *run) conclude() *routine {
	if r.main.status == statusDraining {
		r.main.status = statusRunning
		r.current.Store(r.main)
		return r.main
	}
	r.outcome = "blocked"
	if r.early && r.testFailed() {
		r.outcome = "fail" // its own timeout came too soon, and what it left behind says nothing
	}
	if r.asksProfile() {
		go r.finishWithProfile()
		return nil
	}
	r.process.finish(r)
	return nil
}

// stop ends the run at a bound: in the drain the test's goroutine goes on, else the process ends.
func (r *run) stop(outcome, why string) *routine {
	r.outcome, r.message = outcome, why
	if r.main.status == statusDraining {
		r.main.status = statusRunning
		r.current.Store(r.main)
		return r.main
	}
	r.process.finish(r)
	return nil
}
