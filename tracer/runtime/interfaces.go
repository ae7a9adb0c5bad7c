package lockstep

import "sync"

// Calls through an interface, behind which a primitive of sync may stand. Anything else gets the call itself; when
// that ends in a method that the rewriter has written for an embedded primitive, the operation is told to be here.

type (
	Locks         interface{ Lock() }
	Unlocks       interface{ Unlock() }
	TriesLock     interface{ TryLock() bool }
	ReadLocks     interface{ RLock() }
	ReadUnlocks   interface{ RUnlock() }
	TriesReadLock interface{ TryRLock() bool }
	Adds          interface{ Add(int) }
	CanBeDone     interface{ Done() }
	Waits         interface{ Wait() }
	Does          interface{ Do(func()) }
	Signals       interface{ Signal() }
	Broadcasts    interface{ Broadcast() }
)

// LockerLock is l.Lock().
func LockerLock(site uint32, l Locks) {
	switch l := l.(type) {
	case *sync.Mutex:
		Lock(site, l)
	case *sync.RWMutex:
		RWLock(site, l)
	default:
		if rw := readerOf(l); rw != nil {
			RLock(site, rw)
			return
		}
		through(site, l.Lock)
	}
}

// LockerUnlock is l.Unlock().
func LockerUnlock(site uint32, l Unlocks) {
	switch l := l.(type) {
	case *sync.Mutex:
		Unlock(site, l)
	case *sync.RWMutex:
		RWUnlock(site, l)
	default:
		if rw := readerOf(l); rw != nil {
			RUnlock(site, rw)
			return
		}
		through(site, l.Unlock)
	}
}

// LockerTryLock is l.TryLock().
func LockerTryLock(site uint32, l TriesLock) (ok bool) {
	switch l := l.(type) {
	case *sync.Mutex:
		return TryLock(site, l)
	case *sync.RWMutex:
		return TryRWLock(site, l)
	}
	through(site, func() { ok = l.TryLock() })
	return ok
}

// LockerRLock is l.RLock().
func LockerRLock(site uint32, l ReadLocks) {
	if rw, ok := l.(*sync.RWMutex); ok {
		RLock(site, rw)
		return
	}
	through(site, l.RLock)
}

// LockerRUnlock is l.RUnlock().
func LockerRUnlock(site uint32, l ReadUnlocks) {
	if rw, ok := l.(*sync.RWMutex); ok {
		RUnlock(site, rw)
		return
	}
	through(site, l.RUnlock)
}

// LockerTryRLock is l.TryRLock().
func LockerTryRLock(site uint32, l TriesReadLock) (ok bool) {
	if rw, ok := l.(*sync.RWMutex); ok {
		return TryRLock(site, rw)
	}
	through(site, func() { ok = l.TryRLock() })
	return ok
}

// AnyAdd is x.Add(n).
func AnyAdd(site uint32, x Adds, n int) {
	if wg, ok := x.(*sync.WaitGroup); ok {
		addToGroup(site, wg, n)
		return
	}
	through(site, func() { x.Add(n) })
}

// AnyDone is x.Done().
func AnyDone(site uint32, x CanBeDone) {
	if wg, ok := x.(*sync.WaitGroup); ok {
		addToGroup(site, wg, -1)
		return
	}
	through(site, x.Done)
}

// AnyWait is x.Wait().
func AnyWait(site uint32, x Waits) {
	switch x := x.(type) {
	case *sync.WaitGroup:
		waitForGroup(site, x)
	case *sync.Cond:
		CondWait(site, x)
	default:
		through(site, x.Wait)
	}
}

// AnyDo is x.Do(f).
func AnyDo(site uint32, x Does, f func()) {
	if once, ok := x.(*sync.Once); ok {
		OnceDo(site, once, f)
		return
	}
	through(site, func() { x.Do(f) })
}

// AnySignal is x.Signal().
func AnySignal(site uint32, x Signals) {
	if c, ok := x.(*sync.Cond); ok {
		CondSignal(site, c)
		return
	}
	through(site, x.Signal)
}

// AnyBroadcast is x.Broadcast().
func AnyBroadcast(site uint32, x Broadcasts) {
	if c, ok := x.(*sync.Cond); ok {
		CondBroadcast(site, c)
		return
	}
	through(site, x.Broadcast)
}

// through calls a method of the program, in the name of a site.
func through(site uint32, call func()) {
	r, g := active()
	if r == nil {
		call()
		return
	}
	g.through = site
	call()
	g.through = 0
}

// From is the site of an operation in a method that was written for an embedded primitive: that of the call
// through an interface, if there is one.
func From(site uint32) uint32 {
	if _, g := holdsTurn(); g != nil && g.through != 0 {
		site, g.through = g.through, 0
	}
	return site
}
