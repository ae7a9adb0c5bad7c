package lockstep

import (
	"reflect"
	"sync"
	"unsafe"
)

// groupState follows one WaitGroup. The counter is the real one's.
type groupState struct {
	object  uint32
	model   int // only used where the real counter cannot be read
	waiters []*routine
	zero    uint32 // the event that brought the counter to zero
}

func (r *run) group(wg *sync.WaitGroup, site uint32) *groupState {
	key := unsafe.Pointer(wg)
	s := r.groups.get(key)
	if s == nil {
		s = &groupState{object: r.object(key, kindWaitGroup, site), zero: none}
		r.groups.put(key, s)
	}
	return s
}

// counterReadable says that the upper half of a WaitGroup's first word is its counter, as since Go 1.20.
var counterReadable = func() bool {
	var wg sync.WaitGroup
	wg.Add(3)
	readable := unsafe.Sizeof(wg) >= 8 && *(*uint64)(unsafe.Pointer(&wg))>>32 == 3
	wg.Add(-3)
	return readable
}()

// semaphoreOffset is where sync lets Wait and the first Add race with each other; 0: not known.
var semaphoreOffset = func() uintptr {
	field, _ := reflect.TypeFor[sync.WaitGroup]().FieldByName("sema")
	return field.Offset
}()

func (s *groupState) count(wg *sync.WaitGroup) int {
	if !counterReadable {
		return s.model
	}
	return int(int32(*(*uint64)(unsafe.Pointer(wg)) >> 32))
}

// aWaitGroup makes functions generic; the detector then knows their callers (tracer/README.md).
type aWaitGroup interface{ *sync.WaitGroup }

// WaitGroupAdd is wg.Add(delta).
//
//go:noinline
func WaitGroupAdd[W aWaitGroup](site uint32, wg W, delta int) { addToGroup(site, wg, delta) }

// WaitGroupDone is wg.Done().
//
//go:noinline
func WaitGroupDone[W aWaitGroup](site uint32, wg W) { addToGroup(site, wg, -1) }

// WaitGroupWait is wg.Wait().
//
//go:noinline
func WaitGroupWait[W aWaitGroup](site uint32, wg W) { waitForGroup(site, wg) }

func addToGroup(site uint32, wg *sync.WaitGroup, delta int) {
	r, g := active()
	if r == nil {
		noted(opWaitGroupAdd, operand{unsafe.Pointer(wg), kindWaitGroup}, site, delta)
		wg.Add(delta)
		return
	}
	if delta > 0 {
		r.point(g, opWaitGroupAdd, site, unsafe.Pointer(wg))
	}
	g.pendingSite = site
	wg.Add(delta) // panics as Go does when the counter becomes negative
	s := r.group(wg, site)
	s.model += delta
	added := r.emit(opWaitGroupAdd, phaseDone, g, s.object, site)
	r.setArgument(added, int32(delta))
	if s.count(wg) != 0 {
		return
	}
	s.zero = added
	for _, w := range s.waiters {
		r.took(w, opWaitGroupWait, true, s.object, w.waitSite, added)
		r.ready(w)
	}
	s.waiters = nil
}

func waitForGroup(site uint32, wg *sync.WaitGroup) {
	r, g := active()
	if r == nil {
		s := groupState{}
		tried(opWaitGroupWait, operand{unsafe.Pointer(wg), kindWaitGroup}, site, func() bool {
			return counterReadable && s.count(wg) == 0
		}, wg.Wait, nil)
		return
	}
	r.point(g, opWaitGroupWait, site, unsafe.Pointer(wg))
	s := r.group(wg, site)
	if s.count(wg) == 0 {
		wg.Wait()
		r.took(g, opWaitGroupWait, false, s.object, site, s.zero)
		return
	}
	if len(s.waiters) == 0 && semaphoreOffset != 0 {
		// As sync does: the first Wait has to be ordered with an Add that starts from zero, which reads there.
		raceWrite(unsafe.Add(unsafe.Pointer(wg), semaphoreOffset))
	}
	s.waiters = append(s.waiters, g)
	r.emit(opWaitGroupWait, phaseBlock, g, s.object, site)
	r.block(g, opWaitGroupWait, site, func() bool {
		if s.count(wg) != 0 {
			return false
		}
		remove(&s.waiters, g)
		r.took(g, opWaitGroupWait, true, s.object, site, none)
		return true
	})
	g.really(wg.Wait)
	raceAcquire(unsafe.Pointer(wg)) // what Done released
	if s.count(wg) != 0 {
		g.pendingSite = site
		panic("sync: WaitGroup is reused before previous Wait has returned") // as Go does
	}
}

// WaitGroupGo is wg.Go(f).
func WaitGroupGo(site uint32, wg *sync.WaitGroup, f func()) {
	addToGroup(site, wg, 1)
	Go0(site, func() {
		defer addToGroup(site, wg, -1)
		f()
	}).Call()
}
