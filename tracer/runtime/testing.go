package lockstep

import "time"

// This package may not import testing, which imports context, which is rewritten to import this package. The
// methods needed of *testing.T are named here instead.

type testState interface {
	Cleanup(func())
	Failed() bool
	Name() string
}

// Guard ends a run when the test function returns.
type Guard struct {
	run  *run
	g    *routine
	test *testFunction
}

// Test begins a run when the test is the one that is explored. Return is to be deferred on the result.
func Test(site uint32, t testState, name string) Guard {
	p := theProcess
	if p == nil || t.Name() != name || theRun.Load() != nil {
		return Guard{}
	}
	if p.config.Mode == "record" && (p.config.Test == "" || p.config.Test == name) {
		return p.record(site, t, name)
	}
	if name != p.config.Test {
		return Guard{}
	}
	if p.began.IsZero() {
		p.began = time.Now()
		p.lastNote = p.began
	}
	if p.due() {
		p.exit()
	}
	r := p.newRun(p.iteration)
	r.testFailed = func() bool { return p.raceReports.failed(t) }
	// Registered first, so it runs after every cleanup of the user: leaks are judged then.
	t.Cleanup(func() { p.end(r) })
	r.begin(site)
	r.top = &testFunction{t: t, routine: r.main}
	return Guard{r, r.main, r.top}
}

// Return is deferred in the test function: a panic is on its way out.
func (e Guard) Return() {
	if e.run == nil {
		return
	}
	value := recover()
	if e.g.recording != nil {
		e.test.returned(e.run, value)
		return
	}
	if value != nil {
		e.run.panicked(e.g, value)
	}
	e.stopAtFailure()
	if e.test != nil && len(e.test.paused) > 0 {
		e.run.release(e.test)
	}
}

// stopAtFailure stops for a debugger in a test that fails. Where it does so by FailNow, the caller is still on the stack.
func (e Guard) stopAtFailure() {
	d := e.run.process.config.Debug
	if d != nil && d.Failure && !e.run.stopped && e.test != nil && e.test.t.(testState).Failed() {
		e.run.stopHere(d.Sentence)
	}
}

// end closes the run after the test function and its cleanups.
func (p *process) end(r *run) {
	r.checkReturned(r.top)
	test := insideOf(r.top.t)
	test.parallel(false)
	undo := test.complete()
	r.drain(r.main)
	undo()
	r.settle()
	if r.leftOver() {
		if r.asksProfile() {
			go r.finishWithProfile()
			select {}
		}
		p.finish(r)
	}
	r.sayMissed()
	p.close(r)
	p.failed = !r.unremarkable()
	if !p.failed && p.due() {
		p.exit()
	}
}

// checkReturned panics for testing, which would do so when the run is over.
func (r *run) checkReturned(f *testFunction) {
	if insideOf(f.t).wasLeft() {
		r.comeBack(f.routine)
		r.panicked(f.routine, "test executed panic(nil) or runtime.Goexit")
	}
}
