package lockstep

import (
	"runtime"
	"unsafe"
)

// spinLock guards the scheduler's own fields. It is unlocked on the system stack while a goroutine parks,
// where no sync primitive may be used.
type spinLock struct{ word word32 }

func (l *spinLock) lock() {
	for !l.word.CompareAndSwap(0, 1) {
		runtime.Gosched()
	}
}

func (l *spinLock) tryLock() bool { return l.word.CompareAndSwap(0, 1) }

func (l *spinLock) unlock() { l.word.Store(0) }

// parking is what commitPark needs when the goroutine is already off its stack.
type parking struct {
	lock *spinLock
	next unsafe.Pointer // the g that goes on, nil for none
}

// commitPark runs on the system stack after the parking goroutine's state is "waiting": only then may the next
// one run, because it may hand the turn straight back.
//
//go:norace
func commitPark(_, data unsafe.Pointer) bool {
	p := (*parking)(data)
	next := p.next
	p.lock.unlock()
	if next != nil {
		goready(next, 1)
	}
	return true
}

// park ends the turn of g and lets next go on (nil: nobody now). Called with the lock held; returns without it,
// when g has been chosen again.
func (r *run) park(g, next *routine) {
	g.parking.lock = &r.guard
	g.parking.next = nil
	if next != nil && next.arrived {
		g.parking.next = next.gp
	}
	g.arrived = true
	gopark(commitPark, unsafe.Pointer(&g.parking), reasonZero, 0, 2)
}

// unpark lets next go on from a goroutine that does not park: one that ends, or the monitor. Called with the lock
// held, returns without it.
func (r *run) unpark(next *routine) {
	// Who has not arrived may do so as soon as the lock is free, and does not park then.
	parked := next != nil && next.arrived
	r.guard.unlock()
	if parked {
		goready(next.gp, 1)
	}
}
