package lockstep

import (
	"reflect"
	"runtime"
	"time"
	"unsafe"
)

// Go calls finalizers and cleanups on goroutines of its own, some time after a collection. Under control they become
// goroutines of the run, in the order in which they were set: behind a collection that the program asks for, and when
// nobody can move.

type finalizer struct {
	run        *run
	by         *routine // who set it
	site       uint32
	object     uint32
	generation generation
	cleanup    bool
	token      any  // the runtime.Cleanup
	due        flag // Go would call it now
	left       flag // the run has ended without it, and who raises this calls it
	call       func()
}

// setFinalizer notes that the memory at p will be finalized.
func (r *run) setFinalizer(g *routine, site uint32, p unsafe.Pointer) *finalizer {
	f := &finalizer{run: r, by: g, site: site, generation: generationOf(p)}
	f.object = r.object(unsafe.Pointer(f), kindTimer, site)
	r.setArgument(r.emit(opTimer, phaseDone, g, f.object, site), 1)
	raceRelease(unsafe.Pointer(f))
	r.finalizers = append(r.finalizers, f)
	return f
}

// deliver is called by Go, in the place of the finalizer.
func (f *finalizer) deliver(call func()) {
	if theRun.Load() != f.run {
		call()
		return
	}
	f.call = call
	raceReleaseMerge(unsafe.Pointer(f)) // the goroutine that is here knows what all others have done
	f.due.Store(true)
	if theRun.Load() != f.run && f.left.Raise() {
		call()
	}
}

// withdraw forgets finalizers that will not be called.
func (r *run) withdraw(which func(f *finalizer) bool) {
	kept := r.finalizers[:0]
	for _, f := range r.finalizers {
		if !which(f) {
			kept = append(kept, f)
		}
	}
	clear(r.finalizers[len(kept):])
	r.finalizers = kept
}

// SetFinalizer is runtime.SetFinalizer(object, call).
func SetFinalizer(site uint32, object, call any) {
	r, g := active()
	v, called := reflect.ValueOf(object), reflect.ValueOf(call)
	if r == nil || v.Kind() != reflect.Pointer || v.IsNil() {
		runtime.SetFinalizer(object, call)
		return
	}
	at := generationOf(v.UnsafePointer())
	if call == nil {
		runtime.SetFinalizer(object, nil)
		r.withdraw(func(f *finalizer) bool { return !f.cleanup && f.generation == at })
		return
	}
	t := called.Type()
	if t.Kind() != reflect.Func || t.NumIn() != 1 || t.IsVariadic() || !v.Type().AssignableTo(t.In(0)) || called.IsNil() {
		runtime.SetFinalizer(object, call) // says what is wrong
		return
	}
	var f *finalizer
	runtime.SetFinalizer(object, func(object any) {
		f.deliver(func() { called.Call([]reflect.Value{reflect.ValueOf(object)}) })
	})
	f = r.setFinalizer(g, site, v.UnsafePointer())
}

// AddCleanup is runtime.AddCleanup(p, cleanup, argument).
func AddCleanup[T, S any](site uint32, p *T, cleanup func(S), argument S) runtime.Cleanup {
	f := setCleanup(site, unsafe.Pointer(p))
	if f == nil {
		return runtime.AddCleanup(p, cleanup, argument)
	}
	token := runtime.AddCleanup(p, func(argument S) { f.deliver(func() { cleanup(argument) }) }, argument)
	f.name(token)
	return token
}

func setCleanup(site uint32, p unsafe.Pointer) *finalizer {
	r, g := active()
	if r == nil || p == nil {
		return nil
	}
	f := r.setFinalizer(g, site, p)
	f.cleanup = true
	return f
}

func (f *finalizer) name(token runtime.Cleanup) { f.token = token }

// CleanupStop is c.Stop().
func CleanupStop(site uint32, c runtime.Cleanup) {
	if r, _ := active(); r != nil {
		r.withdraw(func(f *finalizer) bool { return f.token == any(c) })
	}
	c.Stop()
}

// finalizerPatience is how long a look at finalizers waits for Go to call those of what it has collected: others, that are
// none of the run's, may stand before them in its queue.
const finalizerPatience = time.Second

// finalize makes goroutines of the finalizers of what has been collected. Those set by SetFinalizer share one, as in Go.
func (r *run) finalize() (started bool) {
	var calls []*finalizer
	began := time.Now()
	r.withdraw(func(f *finalizer) bool {
		if !f.generation.freed() {
			return false
		}
		for !f.due.Load() && time.Since(began) < finalizerPatience {
			time.Sleep(10 * time.Microsecond)
		}
		switch {
		case !f.due.Load():
			return false // it comes with a later look
		case f.cleanup:
			r.startFinalizers(f)
			started = true
		default:
			calls = append(calls, f)
		}
		return true
	})
	if len(calls) > 0 {
		r.startFinalizers(calls...)
	}
	return started || len(calls) > 0
}

func (r *run) startFinalizers(finalizers ...*finalizer) {
	first := finalizers[0]
	var fired uint32
	for _, f := range finalizers {
		fired = r.emit(opFire, phaseDone, r.routines[0], f.object, f.site)
	}
	child := r.newRoutine(first.by, first.site)
	child.pendingSite, child.startEvent = first.site, fired
	child.finalizes = true
	raceHide() // it does not follow on whoever has the turn now
	go child.live(r, func() {
		for _, f := range finalizers {
			raceAcquire(unsafe.Pointer(f))
			f.call()
		}
	})
	raceShow()
}

// A run collects garbage at most so often because nobody can move: before time passes, and before somebody is said to
// wait for ever. One collection may leave something: it takes for a pointer what lies on the stack of a goroutine that
// Go has stopped anywhere.
const (
	mostIdleLooks = 8
	mostLastLooks = 4
)

// collectIdle looks for garbage whose finalizers may let somebody go on.
func (r *run) collectIdle() bool {
	if len(r.finalizers) == 0 || r.idleLooks == mostIdleLooks {
		return false
	}
	r.idleLooks++
	r.collect(runtime.GC)
	return r.finalize()
}

// collectLast is collectIdle where somebody waits and nothing else is left: Go would collect again and again.
func (r *run) collectLast() bool {
	for r.somebodyWaits() && len(r.finalizers) > 0 && r.lastLooks < mostLastLooks {
		r.lastLooks++
		r.collect(runtime.GC)
		if r.finalize() {
			return true
		}
	}
	return false
}

func (r *run) somebodyWaits() bool {
	for _, g := range r.routines[1:] {
		if g.status == statusBlocked {
			return true
		}
	}
	return false
}

// releaseFinalizers lets Go's own way with those that are due when the run has ended.
func (r *run) releaseFinalizers() {
	left := r.finalizers
	if len(left) == 0 {
		return
	}
	r.finalizers = nil
	go func() {
		for _, f := range left {
			if f.due.Load() && f.left.Raise() {
				f.call()
			}
		}
	}()
}
