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
	run *run
	g   *routine
}

// Test begins a run when the test is the one that is explored. Return is to be deferred on the result.
func Test(site uint32, t testState, name string) Guard {
	p := theProcess
	if p == nil || name != p.config.Test || t.Name() != name || theRun.Load() != nil {
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
	r.testFailed = t.Failed
	if p.config.Mode == "record" {
		t.Cleanup(func() { p.endRecording(r) })
		r.first(site)
		theRecording.Store(r)
		return Guard{r, r.main}
	}
	// Registered first, so it runs after every cleanup of the user: leaks are judged then.
	t.Cleanup(func() { p.end(r) })
	r.begin(site)
	return Guard{r, r.main}
}

// Return is deferred in the test function: a panic is on its way out.
func (e Guard) Return() {
	if e.run == nil {
		return
	}
	if value := recover(); value != nil {
		e.run.panicked(e.g, value)
	}
}

// end closes the run after the test function and its cleanups.
func (p *process) end(r *run) {
	r.drain(r.main)
	r.settle()
	if r.leftOver() {
		p.finish(r)
	}
	p.close(r)
	p.failed = !r.unremarkable()
	if !p.failed && p.due() {
		p.exit()
	}
}

// Run is t.Run(name, f): the subtest is a goroutine of its own, its parent waits.
func Run[T interface {
	testState
	Run(string, func(T)) bool
}](site uint32, t T, name string, f func(T)) bool {
	r, parent := active()
	if r == nil {
		return recordedRun(site, t, name, f)
	}
	child := r.adopt(parent, site)
	r.emit(opChildWait, phaseBlock, parent, none, site)
	r.guard.lock()
	parent.status = statusTransit
	child.status = statusRunning
	r.current.Store(child)
	r.last = child
	r.guard.unlock()
	began := false
	ok := t.Run(name, func(t T) {
		began = true
		child.arrive(r)
		t.Cleanup(func() { r.endSubtest(parent, child) })
		defer Guard{r, child}.Return()
		f(t)
	})
	if !began {
		r.endSubtest(parent, child)
	}
	r.emit(opChildWait, phaseWake, parent, none, site)
	return ok
}

func recordedRun[T interface {
	testState
	Run(string, func(T)) bool
}](site uint32, t T, name string, f func(T)) bool {
	r, parent := recorder(site)
	if r == nil {
		return t.Run(name, f)
	}
	child := r.adopt(parent, site)
	child.status = statusRunning
	r.guard.unlock()
	return t.Run(name, func(t T) {
		child.beginRecorded(r)
		t.Cleanup(func() { child.endRecorded(r) })
		defer Guard{r, child}.Return()
		f(t)
	})
}

// endSubtest gives the turn back to the parent, which comes back from t.Run by itself.
func (r *run) endSubtest(parent, child *routine) {
	r.comeBack(child)
	r.emit(opEnd, phaseDone, child, none, child.site)
	r.guard.lock()
	delete(r.byGoroutine, child.gp)
	child.status = statusDone
	parent.status = statusRunning
	r.current.Store(parent)
	r.last = parent
	r.guard.unlock()
}

// Parallel is t.Parallel(): under control the order is ours, and one test is explored at a time.
func Parallel(_ uint32, t interface{ Parallel() }) {
	if r, _ := active(); r == nil {
		t.Parallel()
	}
}
