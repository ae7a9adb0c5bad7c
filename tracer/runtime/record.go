package lockstep

import (
	"time"
	"unsafe"
)

// Record mode: the Go scheduler decides, we write down what happens. An operation that completes at once is tried
// and written under one lock, so that the order of events is the order of effects; one that has to wait is
// written before and after.

var theRecording runPointer

// recorder gives the recording and the routine of the caller, with the recording's lock held; nil, nil without it.
func recorder(site uint32) (*run, *routine) {
	r := theRecording.Load()
	if r == nil || site&internalSite != 0 {
		return nil, nil
	}
	r.guard.lock()
	g := r.byGoroutine.get(currentGoroutine())
	if g == nil {
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

// tried writes an operation that may have to wait. try does it if that is possible at once.
func tried(o operation, on operand, site uint32, try func() bool, wait func()) {
	r, g := recorder(site)
	if r == nil {
		wait()
		return
	}
	object := r.operandOf(on, site)
	if r.tryAndWrite(o, g, object, site, try) {
		return
	}
	wait()
	if r, g := recorder(site); r != nil {
		r.emit(o, phaseWake, g, object, site)
		r.count(site, countWaited)
		g.status = statusRunning
		r.guard.unlock()
	}
}

// tryAndWrite is called with the lock held and returns without it, also when try panics.
func (r *run) tryAndWrite(o operation, g *routine, object, site uint32, try func() bool) bool {
	defer r.guard.unlock()
	if try() {
		r.emit(o, phaseDone, g, object, site)
		r.count(site, countAtOnce)
		return true
	}
	g.status, g.waitSite = statusBlocked, site
	r.emit(o, phaseBlock, g, object, site)
	return false
}

// triedOnce writes an operation that does not wait but may be refused.
func triedOnce(o operation, on operand, site uint32, try func() bool) bool {
	r, g := recorder(site)
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
	if r, g := recorder(site); r != nil {
		r.setArgument(r.emit(o, phaseDone, g, r.operandOf(on, site), site), int32(argument))
		if o != opRead && o != opWrite {
			r.count(site, countAtOnce)
		}
		r.guard.unlock()
	}
}

// recordedSpawn starts f as a goroutine of the recording.
func recordedSpawn(site uint32, f func()) {
	r, parent := recorder(site)
	if r == nil {
		go f()
		return
	}
	child := r.adopt(parent, site)
	child.status = statusRunning
	r.guard.unlock()
	go func() {
		child.beginRecorded(r)
		defer func() {
			if value := recover(); value != nil {
				r.panicked(child, value)
			}
			child.endRecorded(r)
		}()
		f()
	}()
}

func (g *routine) beginRecorded(r *run) {
	r.guard.lock()
	r.bind(g)
	r.setPartner(r.emit(opStart, phaseDone, g, none, g.site), g.startEvent)
	r.guard.unlock()
}

func (g *routine) endRecorded(r *run) {
	r.guard.lock()
	r.emit(opEnd, phaseDone, g, none, g.site)
	r.byGoroutine.remove(g.gp)
	g.status = statusDone
	r.guard.unlock()
}

// recordingGrace is how long goroutines may go on after a recorded test has returned.
const recordingGrace = 100 * time.Millisecond

// endRecording waits until the test's goroutines have ended or are blocked, and closes the run.
func (p *process) endRecording(r *run) {
	r.guard.lock()
	r.emit(opTestEnd, phaseDone, r.main, none, r.main.site)
	r.returned = true
	r.guard.unlock()
	for deadline := time.Now().Add(recordingGrace); time.Now().Before(deadline) && r.someLeft(); {
		time.Sleep(time.Millisecond)
	}
	theRecording.Store(nil)
	r.guard.lock()
	defer r.guard.unlock()
	r.settle()
	left := r.leftOver()
	if left && r.outcome == "pass" {
		r.outcome = "limit"
	}
	if left {
		p.finish(r)
	}
	p.close(r)
	p.failed = !r.unremarkable()
	if !p.failed && p.due() {
		p.exit()
	}
}

func (r *run) someLeft() bool {
	r.guard.lock()
	defer r.guard.unlock()
	return r.leftOver()
}
