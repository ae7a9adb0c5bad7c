package lockstep

import (
	"sync"
	"unsafe"
)

// The real mutex says whether it is locked (a copied or foreign-held one too); the model says by whom and who
// waits. Unlock wakes the first waiter, which tries again: a newcomer may be faster, as in Go's normal mode.

type mutexState struct {
	object     uint32
	holder     *routine
	waiters    []*routine
	lastUnlock uint32
}

func (r *run) mutex(mu *sync.Mutex, site uint32) *mutexState {
	key := unsafe.Pointer(mu)
	s := r.mutexes.get(key)
	if s == nil {
		s = &mutexState{object: r.object(key, kindMutex, site), lastUnlock: none}
		r.mutexes.put(key, s)
	}
	return s
}

// took writes that g has the lock.
func (r *run) took(g *routine, o operation, waited bool, object, site, partner uint32) uint32 {
	p, outcome := phaseDone, int32(countAtOnce)
	if waited {
		p, outcome = phaseWake, countWaited
	}
	event := r.emit(o, p, g, object, site)
	r.setPartner(event, partner)
	if o == opCondWait || site != g.retakes { // taking the lock again is part of a Wait that has been counted
		r.count(site, outcome)
	}
	return event
}

// Lock is mu.Lock().
func Lock(site uint32, mu *sync.Mutex) {
	r, g := active()
	if r == nil {
		tried(opLock, operand{unsafe.Pointer(mu), kindMutex}, site, mu.TryLock, mu.Lock, nil)
		return
	}
	r.point(g, opLock, site, unsafe.Pointer(mu))
	s := r.mutex(mu, site)
	for waited := false; ; waited = true {
		if mu.TryLock() {
			s.holder = g
			r.took(g, opLock, waited, s.object, site, s.lastUnlock)
			return
		}
		if !waited {
			r.emit(opLock, phaseBlock, g, s.object, site)
		}
		s.waiters = append(s.waiters, g)
		r.block(g, opLock, site, func() bool { return s.holder == nil && probe(mu.TryLock, mu.Unlock) })
		g.really(mu.Lock)
		remove(&s.waiters, g)
	}
}

// probe says whether a lock could be taken now, and leaves it as it was.
func probe(try func() bool, undo func()) bool {
	raceHide()
	defer raceShow()
	if try() {
		undo()
		return true
	}
	return false
}

// remove takes g out of the queue, if it is in it.
func remove(waiters *[]*routine, g *routine) bool {
	for index, w := range *waiters {
		if w == g {
			*waiters = append((*waiters)[:index], (*waiters)[index+1:]...)
			return true
		}
	}
	return false
}

// wakeFirst makes the first waiter runnable and takes it out of the queue.
func (r *run) wakeFirst(waiters *[]*routine) {
	if len(*waiters) > 0 {
		g := (*waiters)[0]
		*waiters = (*waiters)[1:]
		r.ready(g)
	}
}

// TryLock is mu.TryLock().
func TryLock(site uint32, mu *sync.Mutex) bool {
	r, g := active()
	if r == nil {
		return triedOnce(opLock, operand{unsafe.Pointer(mu), kindMutex}, site, mu.TryLock)
	}
	r.pointOfTrial(g, opLock, site, unsafe.Pointer(mu))
	s := r.mutex(mu, site)
	if !mu.TryLock() {
		r.emit(opLock, phaseRefused, g, s.object, site)
		return false
	}
	s.holder = g
	r.setArgument(r.took(g, opLock, false, s.object, site, s.lastUnlock), byTry)
	return true
}

// pointOfTrial is a scheduling point before an operation that gives up where it would have to wait.
func (r *run) pointOfTrial(g *routine, o operation, site uint32, on unsafe.Pointer) {
	g.pendingTry = true
	r.point(g, o, site, on)
	g.pendingTry = false
}

// byTry is the argument of a lock that was taken by TryLock.
const byTry = 1

// releasing is a scheduling point before an unlock, where a TryLock was seen that may find the lock taken. Nobody else
// can tell when a lock is given up.
func (r *run) releasing(g *routine, o operation, site uint32, on unsafe.Pointer) {
	if r.points != nil && r.points.has(site) {
		r.point(g, o, site, on)
	}
}

// Unlock is mu.Unlock().
func Unlock(site uint32, mu *sync.Mutex) {
	r, g := active()
	if r == nil {
		noted(opUnlock, operand{unsafe.Pointer(mu), kindMutex}, site, 0)
		mu.Unlock()
		return
	}
	r.releasing(g, opUnlock, site, unsafe.Pointer(mu))
	s := r.mutex(mu, site)
	if s.holder == nil && mu.TryLock() { // Go would end the process here with an error nobody can recover from
		r.fatal(g, site, "sync: unlock of unlocked mutex")
	}
	mu.Unlock()
	s.holder = nil
	s.lastUnlock = r.emit(opUnlock, phaseDone, g, s.object, site)
	r.wakeFirst(&s.waiters)
}

// fatal reports what Go would end the process for.
func (r *run) fatal(g *routine, site uint32, message string) {
	g.pendingSite = site
	r.panicked(g, "fatal error: "+message)
}
