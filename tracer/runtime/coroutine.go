package lockstep

import (
	"iter"
	"unsafe"
)

// iter.Pull runs the sequence on a goroutine of its own while the caller of next waits. To the run both are one:
// whoever calls next is wherever its sequence is.

// coroutines counts those that exist: they are no goroutines that could do something by themselves.
var coroutines word32

// pulling is what the two sides of one Pull share.
type pulling struct {
	caller   *routine // inside next or stop
	run      *run     // of the caller, under control
	recorded bool
	ended    bool
}

func newPulling() *pulling {
	coroutines.Add(1)
	return &pulling{}
}

// enter is called on the coroutine when it goes on; the result is to be called before it hands back.
func (p *pulling) enter() (exit func()) {
	r, g := p.run, p.caller
	if g == nil {
		return func() {}
	}
	guard, goroutines := &theRecording.guard, &theRecording.byGoroutine
	if !p.recorded {
		guard, goroutines = &r.guard, &r.byGoroutine
	}
	outside := g.gp
	move := func(to unsafe.Pointer) {
		guard.lock()
		goroutines.remove(g.gp)
		g.gp = to
		goroutines.put(to, g)
		guard.unlock()
	}
	move(currentGoroutine())
	return func() {
		if !p.recorded {
			r.comeBack(g)
		}
		move(outside)
	}
}

// resume calls the real next or stop in the name of the calling goroutine.
func (p *pulling) resume(call func()) {
	before := *p
	if p.run, p.caller = active(); p.run == nil && theRecording.open.Load() > 0 {
		theRecording.guard.lock()
		p.caller = theRecording.byGoroutine.get(currentGoroutine())
		theRecording.guard.unlock()
		p.recorded = true
	}
	defer func() { p.run, p.caller, p.recorded = before.run, before.caller, before.recorded }()
	call()
}

func (p *pulling) end() {
	if !p.ended {
		p.ended = true
		coroutines.Add(^uint32(0))
	}
}

// Pull is iter.Pull(sequence).
func Pull[V any](sequence iter.Seq[V]) (next func() (V, bool), stop func()) {
	p := newPulling()
	realNext, realStop := iter.Pull(func(yield func(V) bool) {
		exit := p.enter()
		defer func() { exit() }()
		sequence(func(value V) bool {
			exit()
			defer func() { exit = p.enter() }()
			return yield(value)
		})
	})
	next = func() (value V, ok bool) {
		p.resume(func() { value, ok = realNext() })
		if !ok {
			p.end()
		}
		return value, ok
	}
	return next, func() {
		p.resume(realStop)
		p.end()
	}
}

// Pull2 is iter.Pull2(sequence).
func Pull2[K, V any](sequence iter.Seq2[K, V]) (next func() (K, V, bool), stop func()) {
	type pair struct {
		key   K
		value V
	}
	nextPair, stop := Pull(func(yield func(pair) bool) {
		sequence(func(key K, value V) bool { return yield(pair{key, value}) })
	})
	return func() (K, V, bool) {
		p, ok := nextPair()
		return p.key, p.value, ok
	}, stop
}
