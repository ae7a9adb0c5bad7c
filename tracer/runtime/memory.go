package lockstep

import (
	"math"
	"unsafe"
)

// A siteSet answers fast for the many sites that are not in it.
type siteSet struct {
	filter  [16]uint64
	members table[uint64, bool]
}

// newSiteSet gives nil for no sites.
func newSiteSet(sites []uint32) *siteSet {
	if len(sites) == 0 {
		return nil
	}
	s := &siteSet{}
	for _, site := range sites {
		s.filter[site>>6&15] |= 1 << (site & 63)
		s.members.put(uint64(site), true)
	}
	return s
}

func (s *siteSet) has(site uint32) bool {
	return s.filter[site>>6&15]&(1<<(site&63)) != 0 && s.members.get(uint64(site))
}

// A run yields at this many accesses, and then at every so many only: a loop over a variable that is raced for must
// neither use up the steps of the run nor spin for ever.
const (
	allPauses = 2_000
	fewPauses = 64
)

// pauses says whether an access at the site is a scheduling point: earlier runs have seen it race.
func (r *run) pauses(site uint32) bool {
	if !r.points.has(site) {
		return false
	}
	r.paused++
	return r.paused <= allPauses || r.paused%fewPauses == 0
}

// access records that the calling goroutine touches shared memory: so many bytes of a variable, or a map. It yields
// only where accesses were seen racing.
func access(o operation, site uint32, on operand, argument int) {
	r, g := holdsTurn()
	if r == nil {
		if theRecording.memory.Load() > 0 {
			recordAccess(o, site, on, argument)
		}
		return
	}
	if r.points != nil && r.pauses(site) {
		g.pendingSize = argument
		r.point(g, o, site, on.key)
	}
	if r.memory {
		r.remember(o, g, site, on, argument)
	}
}

func recordAccess(o operation, site uint32, on operand, argument int) {
	if r, g := recorder(); r != nil {
		if r.memory {
			r.remember(o, g, site, on, argument)
		}
		r.guard.unlock()
	}
}

func (r *run) remember(o operation, g *routine, site uint32, on operand, argument int) {
	if on.key == nil || site&internalSite != 0 || g.finalizes {
		return
	}
	if r.process.config.Debug != nil {
		r.stopBefore(g, site)
	}
	r.setArgument(r.emit(o, phaseDone, g, r.accessed(on, site, argument), site), int32(min(argument, math.MaxInt32)))
}

func (r *run) accessed(on operand, site uint32, size int) uint32 {
	object := r.object(on.key, on.kind, site)
	if on.kind == kindVariable {
		r.records[object].size = max(r.records[object].size, size)
	}
	return object
}

// watching: the run, or one that is being recorded, wants to know of reads and writes. Most do not, and then an access
// costs a look at this only.
var watching bool

// Not inlined, so that who calls it is.
//
//go:noinline
func touch(o operation, site uint32, p unsafe.Pointer, size uintptr) {
	if size > 0 && !onOwnStack(p) {
		access(o, site, operand{p, kindVariable}, int(size))
	}
}

// Read is a read of *p.
//
//go:norace
func Read[T any](site uint32, p *T) *T {
	if watching {
		touch(opRead, site, unsafe.Pointer(p), unsafe.Sizeof(*p))
	}
	return p
}

// Write is an assignment to *p.
//
//go:norace
func Write[T any](site uint32, p *T) *T {
	if watching {
		touch(opWrite, site, unsafe.Pointer(p), unsafe.Sizeof(*p))
	}
	return p
}

// Update is an assignment to *p that reads it first, in places where nothing fits between the two.
//
//go:norace
func Update[T any](site uint32, p *T) *T { return Write(site, Read(site, p)) }

// Site is the number of a place in a variable.
type Site = uint32

// Result is the read of a named result at the end of its function, behind what the function has deferred. The site is
// that of the statement which has returned.
//
//go:norace
func Result[T any](site *Site, p *T) { Read(*site, p) }

//go:noinline
func lookInto(o operation, site uint32, m unsafe.Pointer, how int) {
	access(o, site, operand{m, kindMap}, how)
}

// ReadMap is a look into a map.
//
//go:norace
func ReadMap[M any](site uint32, m M) M {
	if watching {
		lookInto(opRead, site, channelKey(m), 0)
	}
	return m
}

// IterateMap is an iteration over a map, or a step of it.
//
//go:norace
func IterateMap[M any](site uint32, m M) M {
	if watching {
		lookInto(opRead, site, channelKey(m), iterates)
	}
	return m
}

// WriteMap is a change of a map.
//
//go:norace
func WriteMap[M any](site uint32, m M) M {
	if watching {
		lookInto(opWrite, site, channelKey(m), 0)
	}
	return m
}

// ReadMapAfter, IterateMapAfter and WriteMapAfter are the last argument, of those that wait, of a call that is handed a map.
func ReadMapAfter[T, M any](site uint32, value T, m M) T {
	ReadMap(site, m)
	return value
}

func IterateMapAfter[T, M any](site uint32, value T, m M) T {
	IterateMap(site, m)
	return value
}

func WriteMapAfter[T, M any](site uint32, value T, m M) T {
	WriteMap(site, m)
	return value
}

// FillMap is p, handed to a function that changes the map there.
//
//go:norace
func FillMap[P ~*M, M any](site uint32, p P) P {
	if watching && p != nil && channelKey(*p) != nil {
		WriteMap(site, *p)
	}
	return p
}

// iterates is the argument of a read of a map that is iterated over.
const iterates = 1

// What an atomic operation does, in the argument of its event.
const (
	atomicLoad   = 1
	atomicStore  = 2 // whatever was there
	atomicUpdate = 3 // what comes of it, or whether it is done, rests on what was there
	atomicCount  = 4 // adds, and nobody asks for the sum
)

// AtomicLoad is a load of sync/atomic from what p points to.
//
//go:norace
func AtomicLoad[P any](site uint32, p P) P {
	atomically(site, channelKey(p), atomicLoad)
	return p
}

// AtomicStore is a store of sync/atomic to what p points to.
//
//go:norace
func AtomicStore[P any](site uint32, p P) P {
	atomically(site, channelKey(p), atomicStore)
	return p
}

// AtomicCount is an addition of sync/atomic to what p points to whose result is not used.
//
//go:norace
func AtomicCount[P any](site uint32, p P) P {
	atomically(site, channelKey(p), atomicCount)
	return p
}

// Atomic is any other operation of sync/atomic on what p points to.
//
//go:norace
func Atomic[P any](site uint32, p P) P {
	atomically(site, channelKey(p), atomicUpdate)
	return p
}

// AtomicAfter is the last argument, of those that wait, of an operation of sync/atomic on what p points to.
func AtomicAfter[T, P any](site uint32, value T, p P) T {
	atomically(site, channelKey(p), atomicUpdate)
	return value
}

// AtomicStoreAfter is the same of a store.
func AtomicStoreAfter[T, P any](site uint32, value T, p P) T {
	atomically(site, channelKey(p), atomicStore)
	return value
}

func atomically(site uint32, key unsafe.Pointer, what int) {
	if onOwnStack(key) {
		return
	}
	r, g := active()
	switch {
	case key == nil:
	case r == nil:
		noted(opAtomic, operand{key, kindVariable}, site, what)
	default:
		// No point inside the standard library; what is ordered there is ordered for the user too.
		r.pointOfAtomic(g, site, key, what)
		if r.process.config.Debug != nil {
			r.stopBefore(g, site)
		}
		r.setArgument(r.emit(opAtomic, phaseDone, g, r.object(key, kindVariable, site), site), int32(what))
	}
}

// pointOfAtomic is a scheduling point before an atomic operation of which it is known what it does.
func (r *run) pointOfAtomic(g *routine, site uint32, on unsafe.Pointer, what int) {
	g.pendingWhat = int8(what)
	r.point(g, opAtomic, site, on)
	g.pendingWhat = 0
}
