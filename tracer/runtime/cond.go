package lockstep

import (
	"sync"
	"unsafe"
)

type condState struct {
	object  uint32
	waiters []*condWaiter
}

type condWaiter struct {
	g      *routine
	signal uint32
	woken  bool
}

func (r *run) cond(c *sync.Cond, site uint32) *condState {
	key := unsafe.Pointer(c)
	s := r.conds.get(key)
	if s == nil {
		s = &condState{object: r.object(key, kindCond, site)}
		r.conds.put(key, s)
	}
	return s
}

// CondWait is c.Wait().
func CondWait(site uint32, c *sync.Cond) {
	r, g := active()
	if r == nil {
		recordedWait(site, c)
		return
	}
	r.point(g, opCondWait, site, unsafe.Pointer(c))
	s := r.cond(c, site)
	w := &condWaiter{g: g, signal: none}
	s.waiters = append(s.waiters, w)
	LockerUnlock(site, c.L)
	waits := !w.woken // a signal may come as soon as the lock is free
	if waits {
		r.emit(opCondWait, phaseBlock, g, s.object, site)
	}
	for !w.woken {
		r.block(g, opCondWait, site, nil)
		g.really(func() { c.L.Lock(); c.Wait() })
	}
	raceAcquire(unsafe.Pointer(w))
	r.took(g, opCondWait, waits, s.object, site, w.signal)
	g.retakes = site
	LockerLock(site, c.L)
	g.retakes = 0
}

// recordedWait writes what Wait does with the lock too, which happens inside of package sync.
func recordedWait(site uint32, c *sync.Cond) {
	var lock operand
	release, acquire := opUnlock, opLock
	mutex := func(_ uint32, mu *sync.Mutex) { lock = operand{unsafe.Pointer(mu), kindMutex} }
	writer := func(_ uint32, rw *sync.RWMutex) { lock = operand{unsafe.Pointer(rw), kindRWMutex} }
	reader := func(_ uint32, rw *sync.RWMutex) {
		lock = operand{unsafe.Pointer(rw), kindRWMutex}
		release, acquire = opRUnlock, opRLock
	}
	known := theRecording.open.Load() != 0 &&
		(handled(site, c.L, mutex) || handled(site, c.L, writer) || handledByReader(site, c.L, reader))
	if known {
		noteLock(release, lock, site)
	}
	tried(opCondWait, operand{unsafe.Pointer(c), kindCond}, site, func() bool { return false }, c.Wait, nil)
	if known {
		noteLock(acquire, lock, site)
	}
}

// noteLock is not counted: it is part of a Wait, which is.
func noteLock(o operation, lock operand, site uint32) {
	if r, g := recorder(); r != nil {
		r.emit(o, phaseDone, g, r.operandOf(lock, site), site)
		r.guard.unlock()
	}
}

// CondSignal is c.Signal().
func CondSignal(site uint32, c *sync.Cond) { notify(site, c, opCondSignal) }

// CondBroadcast is c.Broadcast().
func CondBroadcast(site uint32, c *sync.Cond) { notify(site, c, opCondBroadcast) }

func notify(site uint32, c *sync.Cond, o operation) {
	r, g := active()
	if r == nil {
		noted(o, operand{unsafe.Pointer(c), kindCond}, site, 0)
		if o == opCondSignal {
			c.Signal()
		} else {
			c.Broadcast()
		}
		return
	}
	r.point(g, o, site, unsafe.Pointer(c))
	s := r.cond(c, site)
	signal := r.emit(o, phaseDone, g, s.object, site)
	count := len(s.waiters)
	if o == opCondSignal {
		count = min(count, 1)
	}
	for _, w := range s.waiters[:count] {
		w.woken, w.signal = true, signal
		raceRelease(unsafe.Pointer(w)) // as sync documents; its own code does not tell the detector
		r.ready(w.g)
	}
	s.waiters = s.waiters[count:]
}
