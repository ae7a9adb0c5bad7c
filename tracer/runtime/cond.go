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
		tried(opCondWait, operand{unsafe.Pointer(c), kindCond}, site, func() bool { return false }, c.Wait, nil)
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
