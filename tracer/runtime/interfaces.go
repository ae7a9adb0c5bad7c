package lockstep

import (
	"reflect"
	"sync"
	"unsafe"
)

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

// handled does the operation if x is a primitive of the type P.
func handled[P any](site uint32, x any, do func(uint32, P)) bool {
	p, ok := x.(P)
	if !ok {
		p, ok = embeddedIn(x, reflect.TypeFor[P]()).(P)
	}
	if ok {
		do(site, p)
	}
	return ok
}

// embeddedIn is the primitive of the type that a struct without a name embeds, of whose methods the rewriter can write none:
// sync.NewCond(&s.mu), where mu is a `struct{ sync.Mutex; … }`.
func embeddedIn(x any, primitive reflect.Type) any {
	v := reflect.ValueOf(x)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Type().Elem().Kind() != reflect.Struct || v.Type().Elem().Name() != "" {
		return nil
	}
	t := v.Type().Elem()
	for i := range t.NumField() {
		f := t.Field(i)
		at := unsafe.Add(v.UnsafePointer(), f.Offset)
		switch {
		case !f.Anonymous:
		case f.Type == primitive:
			return reflect.NewAt(f.Type, at).Elem().Interface()
		case primitive.Kind() == reflect.Pointer && f.Type == primitive.Elem():
			return reflect.NewAt(f.Type, at).Interface()
		}
	}
	return nil
}

// handledByReader does the operation if x is what RLocker gives of an RWMutex.
func handledByReader(site uint32, x any, do func(uint32, *sync.RWMutex)) bool {
	rw := readerOf(x)
	if rw != nil {
		do(site, rw)
	}
	return rw != nil
}

// LockerLock is l.Lock().
func LockerLock(site uint32, l Locks) {
	if !handled(site, l, Lock) && !handled(site, l, RWLock) && !handledByReader(site, l, RLock) {
		through(site, l.Lock)
	}
}

// LockerUnlock is l.Unlock().
func LockerUnlock(site uint32, l Unlocks) {
	if !handled(site, l, Unlock) && !handled(site, l, RWUnlock) && !handledByReader(site, l, RUnlock) {
		through(site, l.Unlock)
	}
}

// LockerRLock is l.RLock().
func LockerRLock(site uint32, l ReadLocks) {
	if !handled(site, l, RLock) {
		through(site, l.RLock)
	}
}

// LockerRUnlock is l.RUnlock().
func LockerRUnlock(site uint32, l ReadUnlocks) {
	if !handled(site, l, RUnlock) {
		through(site, l.RUnlock)
	}
}

// LockerTryLock is l.TryLock().
func LockerTryLock(site uint32, l TriesLock) (ok bool) {
	mutex := func(site uint32, mu *sync.Mutex) { ok = TryLock(site, mu) }
	writer := func(site uint32, rw *sync.RWMutex) { ok = TryRWLock(site, rw) }
	if !handled(site, l, mutex) && !handled(site, l, writer) {
		through(site, func() { ok = l.TryLock() })
	}
	return ok
}

// LockerTryRLock is l.TryRLock().
func LockerTryRLock(site uint32, l TriesReadLock) (ok bool) {
	if !handled(site, l, func(site uint32, rw *sync.RWMutex) { ok = TryRLock(site, rw) }) {
		through(site, func() { ok = l.TryRLock() })
	}
	return ok
}

// AnyAdd is x.Add(n).
func AnyAdd(site uint32, x Adds, n int) {
	if !handled(site, x, func(site uint32, wg *sync.WaitGroup) { addToGroup(site, wg, n) }) {
		through(site, func() { x.Add(n) })
	}
}

// AnyDone is x.Done().
func AnyDone(site uint32, x CanBeDone) {
	if !handled(site, x, func(site uint32, wg *sync.WaitGroup) { addToGroup(site, wg, -1) }) {
		through(site, x.Done)
	}
}

// AnyWait is x.Wait().
func AnyWait(site uint32, x Waits) {
	if !handled(site, x, waitForGroup) && !handled(site, x, CondWait) {
		through(site, x.Wait)
	}
}

// AnyDo is x.Do(f).
func AnyDo(site uint32, x Does, f func()) {
	if !handled(site, x, func(site uint32, once *sync.Once) { OnceDo(site, once, f) }) {
		through(site, func() { x.Do(f) })
	}
}

// AnySignal is x.Signal().
func AnySignal(site uint32, x Signals) {
	if !handled(site, x, CondSignal) {
		through(site, x.Signal)
	}
}

// AnyBroadcast is x.Broadcast().
func AnyBroadcast(site uint32, x Broadcasts) {
	if !handled(site, x, CondBroadcast) {
		through(site, x.Broadcast)
	}
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
