package lockstep

import "unsafe"

// access records that the calling goroutine touches shared memory. It never yields.
func access(o operation, site uint32, key unsafe.Pointer, kind objectKind) {
	r, g := holdsTurn()
	if r == nil {
		if theRecording.memory.Load() > 0 && key != nil && site&internalSite == 0 {
			noted(o, operand{key, kind}, site, 0)
		}
		return
	}
	if !r.memory || key == nil || site&internalSite != 0 {
		return
	}
	r.emit(o, phaseDone, g, r.object(key, kind, site), site)
}

// Read is a read of *p.
func Read[T any](site uint32, p *T) *T {
	if unsafe.Sizeof(*p) > 0 {
		access(opRead, site, unsafe.Pointer(p), kindVariable)
	}
	return p
}

// Write is an assignment to *p.
func Write[T any](site uint32, p *T) *T {
	if unsafe.Sizeof(*p) > 0 {
		access(opWrite, site, unsafe.Pointer(p), kindVariable)
	}
	return p
}

// Update is an assignment to *p that reads it first: `*p += 1`.
func Update[T any](site uint32, p *T) *T {
	if unsafe.Sizeof(*p) > 0 {
		access(opRead, site, unsafe.Pointer(p), kindVariable)
		access(opWrite, site, unsafe.Pointer(p), kindVariable)
	}
	return p
}

// ReadMap is a look into a map.
func ReadMap[M any](site uint32, m M) M {
	access(opRead, site, channelKey(m), kindMap)
	return m
}

// WriteMap is a change of a map.
func WriteMap[M any](site uint32, m M) M {
	access(opWrite, site, channelKey(m), kindMap)
	return m
}

// What an atomic operation does, in the argument of its event.
const (
	atomicLoad  = 1
	atomicStore = 2
)

// AtomicLoad is a load of sync/atomic from what p points to.
func AtomicLoad[P any](site uint32, p P) P {
	atomically(site, channelKey(p), atomicLoad)
	return p
}

// Atomic is any other operation of sync/atomic on what p points to.
func Atomic[P any](site uint32, p P) P {
	atomically(site, channelKey(p), atomicStore)
	return p
}

// AtomicAfter is the last argument, of those that wait, of an operation of sync/atomic on what p points to.
func AtomicAfter[T, P any](site uint32, value T, p P) T {
	atomically(site, channelKey(p), atomicStore)
	return value
}

func atomically(site uint32, key unsafe.Pointer, what int) {
	r, g := active()
	switch {
	case key == nil || site&internalSite != 0:
	case r == nil:
		noted(opAtomic, operand{key, kindVariable}, site, what)
	default:
		r.point(g, opAtomic, site)
		r.setArgument(r.emit(opAtomic, phaseDone, g, r.object(key, kindVariable, site), site), int32(what))
	}
}
