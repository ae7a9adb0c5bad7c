package lockstep

import "unsafe"

// access records that the calling goroutine touches shared memory. It never yields.
func access(o operation, site uint32, key unsafe.Pointer, kind objectKind) {
	r, g := holdsTurn()
	if r == nil {
		noted(o, operand{key, kind}, site, 0)
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

// Atomic is an operation of sync/atomic on what p points to.
func Atomic[P any](site uint32, p P) P {
	r, g := active()
	switch {
	case channelKey(p) == nil || site&internalSite != 0:
	case r == nil:
		noted(opAtomic, operand{channelKey(p), kindVariable}, site, 0)
	default:
		r.point(g, opAtomic, site)
		r.emit(opAtomic, phaseDone, g, r.object(channelKey(p), kindVariable, site), site)
	}
	return p
}
