package lockstep

import (
	"reflect"
	"sync"
	"unsafe"
)

// rwState follows Go's RWMutex: writers first contend for each other (owner), the owner announces itself, which
// keeps new readers out, and waits for the readers that are inside.
type rwState struct {
	object     uint32
	owner      *routine // writes, or waits for the readers to leave
	writing    bool
	readers    int
	waiting    []*routine // readers kept out
	writers    []*routine // wait for owner to be free
	granted    []*routine // readers that were let in and have not gone on yet
	lastUnlock uint32
	lastLeave  uint32 // the runlock that let the owner in
}

func (r *run) rwmutex(rw *sync.RWMutex, site uint32) *rwState {
	key := unsafe.Pointer(rw)
	s := r.rwlocks.get(key)
	if s == nil {
		s = &rwState{object: r.object(key, kindRWMutex, site), lastUnlock: none, lastLeave: none}
		r.rwlocks.put(key, s)
	}
	return s
}

// enter takes the lock itself after the model has said that it is free; false when code that is not
// instrumented holds it.
func (s *rwState) enter(rw *sync.RWMutex) bool {
	if !rw.TryLock() {
		return false
	}
	s.writing = true
	return true
}

// RWLock is rw.Lock().
func RWLock(site uint32, rw *sync.RWMutex) {
	r, g := active()
	if r == nil {
		tried(opLock, operand{unsafe.Pointer(rw), kindRWMutex}, site, rw.TryLock, rw.Lock, nil)
		return
	}
	r.point(g, opLock, site, unsafe.Pointer(rw))
	s := r.rwmutex(rw, site)
	waited := false
	wait := func(poll func() bool) {
		if !waited {
			r.emit(opLock, phaseBlock, g, s.object, site)
		}
		waited = true
		r.block(g, opLock, site, poll)
		g.really(rw.Lock)
	}
	for s.owner != nil {
		s.writers = append(s.writers, g)
		wait(nil)
		remove(&s.writers, g)
	}
	s.owner = g
	if s.readers > 0 {
		wait(nil) // the last reader makes us runnable
	}
	for !s.enter(rw) {
		wait(func() bool { return probe(rw.TryLock, rw.Unlock) })
	}
	partner := s.lastUnlock
	if s.lastLeave != none && (partner == none || s.lastLeave > partner) {
		partner = s.lastLeave
	}
	r.took(g, opLock, waited, s.object, site, partner)
}

// RWUnlock is rw.Unlock().
func RWUnlock(site uint32, rw *sync.RWMutex) {
	r, g := active()
	if r == nil {
		noted(opUnlock, operand{unsafe.Pointer(rw), kindRWMutex}, site, 0)
		rw.Unlock()
		return
	}
	r.releasing(g, opUnlock, site, unsafe.Pointer(rw))
	s := r.rwmutex(rw, site)
	if !s.writing && (s.readers > 0 || rw.TryLock()) {
		r.fatal(g, site, "sync: Unlock of unlocked RWMutex")
	}
	rw.Unlock()
	s.owner, s.writing = nil, false
	s.lastUnlock = r.emit(opUnlock, phaseDone, g, s.object, site)
	raceRelease(unsafe.Pointer(&s.granted))
	for _, reader := range s.waiting {
		if rw.TryRLock() {
			s.readers++
			s.granted = append(s.granted, reader)
		}
		r.ready(reader)
	}
	s.waiting = nil
	r.wakeFirst(&s.writers)
}

// RLock is rw.RLock().
func RLock(site uint32, rw *sync.RWMutex) {
	r, g := active()
	if r == nil {
		tried(opRLock, operand{unsafe.Pointer(rw), kindRWMutex}, site, rw.TryRLock, rw.RLock, nil)
		return
	}
	r.point(g, opRLock, site, unsafe.Pointer(rw))
	s := r.rwmutex(rw, site)
	waited := false
	for {
		if remove(&s.granted, g) {
			raceAcquire(unsafe.Pointer(&s.granted))
			break
		}
		if s.owner == nil && rw.TryRLock() {
			s.readers++
			break
		}
		if !waited {
			r.emit(opRLock, phaseBlock, g, s.object, site)
		}
		waited = true
		s.waiting = append(s.waiting, g)
		r.block(g, opRLock, site, func() bool { return s.owner == nil && probe(rw.TryRLock, rw.RUnlock) })
		g.really(rw.RLock)
		remove(&s.waiting, g)
	}
	r.took(g, opRLock, waited, s.object, site, s.lastUnlock)
}

// RUnlock is rw.RUnlock().
func RUnlock(site uint32, rw *sync.RWMutex) {
	r, g := active()
	if r == nil {
		noted(opRUnlock, operand{unsafe.Pointer(rw), kindRWMutex}, site, 0)
		rw.RUnlock()
		return
	}
	r.releasing(g, opRUnlock, site, unsafe.Pointer(rw))
	s := r.rwmutex(rw, site)
	if s.readers == 0 && (s.writing || rw.TryLock()) {
		r.fatal(g, site, "sync: RUnlock of unlocked RWMutex")
	}
	rw.RUnlock()
	s.readers = max(s.readers-1, 0)
	s.lastLeave = r.emit(opRUnlock, phaseDone, g, s.object, site)
	if s.readers == 0 && s.owner != nil && !s.writing {
		r.ready(s.owner)
	}
}

// TryRWLock is rw.TryLock().
func TryRWLock(site uint32, rw *sync.RWMutex) bool {
	r, g := active()
	if r == nil {
		return triedOnce(opLock, operand{unsafe.Pointer(rw), kindRWMutex}, site, rw.TryLock)
	}
	r.pointOfTrial(g, opLock, site, unsafe.Pointer(rw))
	s := r.rwmutex(rw, site)
	if s.owner != nil || s.readers > 0 || !s.enter(rw) {
		r.emit(opLock, phaseRefused, g, s.object, site)
		return false
	}
	s.owner = g
	r.setArgument(r.took(g, opLock, false, s.object, site, s.lastUnlock), byTry)
	return true
}

// TryRLock is rw.TryRLock().
func TryRLock(site uint32, rw *sync.RWMutex) bool {
	r, g := active()
	if r == nil {
		return triedOnce(opRLock, operand{unsafe.Pointer(rw), kindRWMutex}, site, rw.TryRLock)
	}
	r.pointOfTrial(g, opRLock, site, unsafe.Pointer(rw))
	s := r.rwmutex(rw, site)
	if s.owner != nil || !rw.TryRLock() {
		r.emit(opRLock, phaseRefused, g, s.object, site)
		return false
	}
	s.readers++
	r.setArgument(r.took(g, opRLock, false, s.object, site, s.lastUnlock), byTry)
	return true
}

// readerOf gives the RWMutex behind what RLocker returned, nil for any other Locker. sync keeps the type of
// RLocker to itself; it is the RWMutex under another name.
func readerOf(l any) *sync.RWMutex {
	if reflect.TypeOf(l) != readerType {
		return nil
	}
	return (*sync.RWMutex)(reflect.ValueOf(l).UnsafePointer())
}

var readerType = reflect.TypeOf(new(sync.RWMutex).RLocker())
