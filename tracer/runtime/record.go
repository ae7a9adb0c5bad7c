package lockstep

import (
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// Record mode: the Go scheduler decides, we write down what happens. An operation that completes at once is tried
// and written under the run's lock, so that the order of events is the order of effects; one that has to wait is
// written before and after. Tests that run in parallel are recorded each on its own.

// theRecording is what the recorded runs of the process share.
var theRecording struct {
	open        word32 // runs being recorded
	memory      word32 // of these, whose accesses to memory are recorded
	guard       spinLock
	byGoroutine table[unsafe.Pointer, *routine]
	collections word32     // of garbage, that were noticed
	account     sync.Mutex // runs begin and end one at a time
}

// recorder gives the recorded run and the routine of the caller, with the run's lock held; nil, nil without it.
func recorder() (*run, *routine) {
	if theRecording.open.Load() == 0 {
		return nil, nil
	}
	gp := currentGoroutine()
	theRecording.guard.lock()
	g := theRecording.byGoroutine.get(gp)
	theRecording.guard.unlock()
	if g == nil {
		return nil, nil
	}
	r := g.recording
	r.guard.lock()
	if r.sealed {
		r.guard.unlock()
		return nil, nil
	}
	if len(r.events) >= maxEvents { // what follows would only hold on to memory
		r.dropped++
		r.guard.unlock()
		return nil, nil
	}
	r.clock.elapsed = int64(time.Since(r.began)) // monotonic: half the cost of Now
	return r, g
}

// operand is the object of a recorded operation.
type operand struct {
	key  unsafe.Pointer
	kind objectKind
}

func (r *run) operandOf(o operand, site uint32) uint32 {
	if o.key == nil {
		return none
	}
	return r.object(o.key, o.kind, site)
}

// tried writes an operation that may have to wait. try does it if that is possible at once; amend, if not nil,
// completes the event of what was done, and that of waiting.
func tried(o operation, on operand, site uint32, try func() bool, wait func(), amend func(r *run, event uint32)) {
	r, g := recorder()
	if r == nil {
		wait()
		return
	}
	object := r.operandOf(on, site)
	if r.tryAndWrite(o, g, object, site, try, amend) {
		return
	}
	wait()
	if r, g := recorder(); r != nil {
		r.written(r.emit(o, phaseWake, g, object, site), site, countWaited, amend)
		g.status = statusRunning
		r.guard.unlock()
	}
}

// tryAndWrite is called with the lock held and returns without it, also when try panics.
func (r *run) tryAndWrite(o operation, g *routine, object, site uint32, try func() bool, amend func(*run, uint32)) bool {
	defer r.guard.unlock()
	if try() {
		r.written(r.emit(o, phaseDone, g, object, site), site, countAtOnce, amend)
		return true
	}
	g.status, g.waitSite = statusBlocked, site
	blocked := r.emit(o, phaseBlock, g, object, site)
	if amend != nil {
		amend(r, blocked)
	}
	return false
}

func (r *run) written(event, site uint32, outcome int32, amend func(*run, uint32)) {
	if amend != nil {
		amend(r, event)
	} else {
		r.count(site, outcome)
	}
}

// triedOnce writes an operation that does not wait but may be refused.
func triedOnce(o operation, on operand, site uint32, try func() bool) bool {
	r, g := recorder()
	if r == nil {
		return try()
	}
	defer r.guard.unlock()
	object := r.operandOf(on, site)
	if !try() {
		r.emit(o, phaseRefused, g, object, site)
		return false
	}
	r.emit(o, phaseDone, g, object, site)
	return true
}

// noted writes an operation that never waits, before it takes effect.
func noted(o operation, on operand, site uint32, argument int) {
	r, g := recorder()
	if r == nil {
		return
	}
	event := r.emit(o, phaseDone, g, r.operandOf(on, site), site)
	r.setArgument(event, int32(argument))
	if o == opClose {
		r.closes.put(uint64(r.operandOf(on, site)), event)
	}
	r.count(site, countAtOnce)
	r.guard.unlock()
}

// foundClosed lets a receive learn from the close that it found, if that was recorded.
func (r *run) foundClosed(event uint32, channel unsafe.Pointer) {
	object, known := r.objects.find(channel)
	if !known {
		return
	}
	if closed, known := r.closes.find(uint64(object)); known {
		r.setPartner(event, closed)
	}
}

// recordedSpawn starts f as a goroutine of the recording.
func recordedSpawn(site uint32, f func()) {
	child := adoptRecorded(site)
	if child == nil {
		go f()
		return
	}
	go child.liveRecorded(f)
}

// adoptRecorded makes a goroutine known that the caller is about to start; nil when the caller is not recorded.
func adoptRecorded(site uint32) *routine {
	r, parent := recorder()
	if r == nil {
		return nil
	}
	child := r.adopt(parent, site)
	child.status = statusRunning
	child.recording = r
	r.guard.unlock()
	return child
}

// recordedAfterFunc makes each call of f by the timer a goroutine that follows whoever made the timer.
func recordedAfterFunc(site uint32, d time.Duration, f func()) *time.Timer {
	r, g := recorder()
	if r == nil {
		return time.AfterFunc(d, f)
	}
	defer r.guard.unlock()
	made := none
	t := time.AfterFunc(d, func() {
		r.guard.lock()
		if r.sealed || len(r.events) >= maxEvents {
			r.guard.unlock()
			f()
			return
		}
		child := r.newRoutine(g, site)
		child.recording, child.startEvent = r, made
		child.status = statusRunning
		r.guard.unlock()
		child.liveRecorded(f)
	})
	made = r.emit(opTimer, phaseDone, g, r.object(unsafe.Pointer(t), kindTimer, site), site)
	r.setArgument(made, 1)
	return t
}

func (g *routine) liveRecorded(f func()) {
	g.beginRecorded()
	defer g.returnRecorded()
	f()
}

// returnRecorded is deferred. A panic goes on as it would, with the stack it has.
func (g *routine) returnRecorded() {
	if value := recover(); value != nil {
		g.recording.died(g, value)
		panic(value)
	}
	g.endRecorded()
}

func (g *routine) beginRecorded() {
	g.gp = currentGoroutine()
	theRecording.guard.lock()
	theRecording.byGoroutine.put(g.gp, g)
	theRecording.guard.unlock()
	r := g.recording
	r.guard.lock()
	r.setPartner(r.emit(opStart, phaseDone, g, none, g.site), g.startEvent)
	r.guard.unlock()
}

func (g *routine) endRecorded() {
	r := g.recording
	r.guard.lock()
	g.endEvent = r.emit(opEnd, phaseDone, g, none, g.site)
	g.status = statusDone
	r.guard.unlock()
	g.forget()
}

// forget unties the goroutine from g: the Go runtime will use its descriptor for another.
func (g *routine) forget() {
	theRecording.guard.lock()
	if theRecording.byGoroutine.get(g.gp) == g {
		theRecording.byGoroutine.remove(g.gp)
	}
	theRecording.guard.unlock()
}

// record begins the recording of a test function.
func (p *process) record(site uint32, t testState, name string) Guard {
	theRecording.account.Lock()
	if p.config.Test != "" && p.due() {
		p.exit()
	}
	if p.began.IsZero() {
		p.began = time.Now()
		p.lastNote = p.began
	}
	r := p.newRun(p.config.First + p.recorded)
	p.recorded++
	p.events, p.steps = nil, nil // another run may begin before this one ends
	theRecording.account.Unlock()
	r.test, r.testFailed = name, t.Failed
	r.testSkipped = func() bool {
		s, ok := t.(interface{ Skipped() bool })
		return ok && s.Skipped()
	}
	r.recorded = true
	r.first(site)
	r.main.recording = r
	r.top = &testFunction{t: t, routine: r.main}
	theRecording.guard.lock()
	theRecording.byGoroutine.put(r.main.gp, r.main)
	r.countOpen(1)
	theRecording.guard.unlock()
	// Registered first, so it runs after every cleanup of the user.
	t.Cleanup(func() { p.endRecording(r) })
	return Guard{run: r, g: r.main, test: r.top}
}

// countOpen is called with the recording's lock held.
func (r *run) countOpen(by int) {
	if theRecording.open.Load() == 0 {
		watchCollections()
	}
	theRecording.open.Store(theRecording.open.Load() + uint32(by))
	if r.memory {
		theRecording.memory.Store(theRecording.memory.Load() + uint32(by))
		watching = true
	}
}

// returned is what happens when a recorded test function returns, or is left by a panic with this value.
func (f *testFunction) returned(r *run, value any) {
	if value != nil {
		r.died(f.routine, value)
		panic(value)
	}
	r.releaseRecorded(f)
}

// recordingGrace is how long goroutines may go on after a recorded test has returned, where nothing says that they
// all wait.
const recordingGrace = 100 * time.Millisecond

// endRecording waits until the test's goroutines have ended or are blocked, and closes the run.
func (p *process) endRecording(r *run) {
	r.guard.lock()
	r.emit(opTestEnd, phaseDone, r.main, none, r.main.site)
	r.returned = true
	r.guard.unlock()
	for began := time.Now(); time.Since(began) < recordingGrace && r.someMoved(began); {
		time.Sleep(time.Millisecond)
	}
	p.seal(r, func() {
		if r.settle(); r.leftOver() && r.outcome == "pass" {
			r.outcome = "limit"
		}
	})
}

// someMoved says that goroutines are left of which one may go on: not all wait, or they have not done so for long.
func (r *run) someMoved(began time.Time) bool {
	r.guard.lock()
	defer r.guard.unlock()
	left := false
	for _, g := range r.routines[2:] {
		if g.status != statusDone && g.status != statusBlocked {
			return true
		}
		left = left || g.status == statusBlocked
	}
	return left && time.Since(began) < recordingGrace/4
}

// died closes the run because of a panic that is about to end the process, or to fail the test.
func (r *run) died(g *routine, value any) {
	r.process.seal(r, func() {
		buffer := make([]byte, 64<<10)
		r.stack = string(buffer[:runtime.Stack(buffer, false)])
		r.message = panicText(value)
		r.emit(opPanic, phaseDone, g, none, none)
		r.outcome = "panic"
	})
}

// seal closes a run, once: judge says how it ended. Nothing is recorded in it from then on.
func (p *process) seal(r *run, judge func()) {
	theRecording.account.Lock()
	defer theRecording.account.Unlock()
	r.guard.lock()
	if r.sealed {
		r.guard.unlock()
		return
	}
	judge()
	r.sealed = true
	r.guard.unlock()
	theRecording.guard.lock()
	r.countOpen(-1)
	theRecording.guard.unlock()
	for _, g := range r.routines {
		g.forget()
	}
	r.counts.all(func(key uint64, times int) { *p.counts.place(key) += times })
	left := r.leftOver()
	p.close(r)
	// Goroutines that are left may hold on to the run for long.
	r.events, r.steps, r.records = nil, nil, nil
	r.forgetObjects()
	r.closes, r.counts = table[uint64, uint32]{}, table[uint64, int]{}
	if p.config.Test == "" || r.outcome == "panic" {
		return
	}
	if p.failed = !r.unremarkable(); left || !p.failed && p.due() {
		p.exit()
	}
}
