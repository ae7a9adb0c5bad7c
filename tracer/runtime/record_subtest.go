package lockstep

import "slices"

// Subtests in record mode: testing decides, and the events say who has waited for whom.

func recordedRun[T runsSubtests[T]](site uint32, t T, name string, f func(T)) bool {
	r, caller := recorder()
	if r == nil {
		return t.Run(name, f)
	}
	g := r.adopt(caller, site)
	g.recording, g.endEvent = r, none
	g.status = statusRunning
	sub := &testFunction{routine: g, caller: caller, above: r.testOf(t), site: site, event: none}
	r.emit(opChildWait, phaseBlock, caller, none, site)
	caller.status = statusTransit
	r.guard.unlock()
	began := false
	ok := t.Run(name, func(t T) {
		began = true
		r.guard.lock()
		sub.t = t
		g.test = t.Name()
		r.subtests = append(r.subtests, sub)
		r.guard.unlock()
		g.beginRecorded()
		t.Cleanup(func() { r.endRecordedSubtest(sub) })
		defer Guard{r, g, sub}.Return()
		f(t)
	})
	r.guard.lock()
	if !began {
		g.status = statusDone
	}
	r.resume(caller, opChildWait, site, sub.event)
	r.guard.unlock()
	return ok
}

// resume writes that g goes on. Called with the lock held.
func (r *run) resume(g *routine, o operation, site, partner uint32) {
	g.status = statusRunning
	if !r.sealed {
		r.setPartner(r.emit(o, phaseWake, g, none, site), partner)
	}
}

func (r *run) endRecordedSubtest(sub *testFunction) {
	sub.routine.endRecorded()
	r.guard.lock()
	r.subtests = slices.DeleteFunc(r.subtests, func(other *testFunction) bool { return other == sub })
	if !sub.parallel {
		sub.event = sub.routine.endEvent
	}
	r.guard.unlock()
}

func recordedParallel(site uint32, t interface{ Parallel() }) {
	r, g := recorder()
	if r == nil {
		t.Parallel()
		return
	}
	sub := r.testOf(t)
	if sub == r.top || sub.parallel || sub.routine != g {
		r.guard.unlock()
		t.Parallel()
		return
	}
	sub.event = r.emit(opParallel, phaseBlock, g, none, site)
	sub.parallel = true
	sub.above.paused = append(sub.above.paused, sub)
	g.status = statusTransit
	r.guard.unlock()
	t.Parallel()
	r.guard.lock()
	r.resume(g, opParallel, site, sub.above.event)
	r.guard.unlock()
}

// releaseRecorded writes that a test function has returned whose parallel subtests go on now.
func (r *run) releaseRecorded(f *testFunction) {
	r.guard.lock()
	defer r.guard.unlock()
	paused := f.paused
	if len(paused) == 0 || r.sealed {
		return
	}
	g := f.routine
	f.event = r.emit(opChildWait, phaseBlock, g, none, g.site)
	r.setArgument(f.event, waitsForParallel)
	g.status = statusTransit
	// Registered last, so it runs first: testing has waited for the subtests then.
	f.t.(testState).Cleanup(func() {
		r.guard.lock()
		defer r.guard.unlock()
		for _, sub := range paused {
			r.resume(g, opChildWait, g.site, sub.routine.endEvent)
		}
	})
}
