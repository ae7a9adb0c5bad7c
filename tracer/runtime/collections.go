package lockstep

import (
	"runtime"
	"runtime/debug"
)

// Garbage collections that the program asks for. The run lets go of what it knows first, so that they find what they
// would find without it.

// GC is runtime.GC().
func GC(site uint32) { collection(site, runtime.GC) }

// FreeOSMemory is debug.FreeOSMemory().
func FreeOSMemory(site uint32) { collection(site, debug.FreeOSMemory) }

// collects is the argument of a yield that collects garbage.
const collects = 1

func collection(site uint32, collect func()) {
	r, g := active()
	if r == nil {
		collectRecorded(collect)
		return
	}
	r.point(g, opYield, site, nil)
	r.setArgument(r.emit(opYield, phaseDone, g, none, site), collects)
	r.collect(collect)
	r.finalize()
}

// mostCollections bounds how often one is repeated for what only the run's knowledge of a freed object has kept.
const mostCollections = 3

func (r *run) collect(collect func()) {
	r.agePools()
	for range mostCollections {
		if !r.collectOnce(collect) {
			return
		}
	}
}

func (r *run) collectOnce(collect func()) (again bool) {
	for _, g := range r.routines {
		if g.status == statusDone {
			g.pendingOn = nil // the others hold on to it themselves
		}
	}
	r.objects.letGo()
	r.shared.letGo()
	back := []func() bool{
		hide(&r.channels), hide(&r.mutexes), hide(&r.rwlocks), hide(&r.groups), hide(&r.onces),
		hide(&r.conds), hide(&r.timers), hide(&r.maps), hide(&r.pools), hide(&r.acquainted),
	}
	if policy, ok := r.policy.(interface{ letGo() func() bool }); ok {
		back = append(back, policy.letGo())
	}
	collect()
	for _, restore := range back {
		again = restore() || again
	}
	return again
}

func collectRecorded(collect func()) {
	theRecording.collections.Add(1)
	r, _ := recorder()
	if r == nil {
		collect()
		return
	}
	defer r.guard.unlock()
	r.collect(collect)
	r.collections = theRecording.collections.Load()
}

// noticeCollections lets go of what a recorded run has met before the last collection: it may be garbage by the next.
func (r *run) noticeCollections() {
	if r.recorded && r.collections != theRecording.collections.Load() {
		r.collections = theRecording.collections.Load()
		r.objects.letGo()
		r.shared.letGo()
	}
}

// sentinel is found dead by every collection. It points somewhere, so that it shares its memory with nothing.
type sentinel struct{ to *sentinel }

// watchCollections counts collections while something is being recorded.
func watchCollections() {
	runtime.SetFinalizer(&sentinel{}, func(*sentinel) {
		theRecording.collections.Add(1)
		if theRecording.open.Load() > 0 {
			watchCollections()
		}
	})
}
