package lockstep

// The Go mirror of protocol/trace.ts. Codes are positions in that file's tables; test/unit/core compares them.

type operation uint8

const (
	opNone operation = iota
	opGo
	opStart
	opEnd
	opMake
	opSend
	opReceive
	opClose
	opSelect
	opSelectCase
	opLock
	opUnlock
	opRLock
	opRUnlock
	opWaitGroupAdd
	opWaitGroupWait
	opOnce
	opOnceBegin
	opCondWait
	opCondSignal
	opCondBroadcast
	opSleep
	opTimer
	opFire
	opClock
	opRead
	opWrite
	opAtomic
	opYield
	opLength
	opPanic
	opTestEnd
	opChildWait
	opParallel
	opExit
)

var operationNames = [...]string{
	"none", "go", "start", "end", "make", "send", "receive", "close", "select", "select-case",
	"lock", "unlock", "rlock", "runlock", "wg-add", "wg-wait", "once", "once-begin",
	"cond-wait", "cond-signal", "cond-broadcast", "sleep", "timer", "fire", "clock",
	"read", "write", "atomic", "yield", "length", "panic", "test-end", "child-wait", "parallel", "exit",
}

type phase uint8

const (
	phaseDone phase = iota
	phaseBlock
	phaseWake
	phaseRefused
)

type objectKind uint8

const (
	kindChannel objectKind = iota
	kindMutex
	kindRWMutex
	kindWaitGroup
	kindOnce
	kindCond
	kindTimer
	kindVariable
	kindMap
	kindContext // whether it has been cancelled
)

var objectKindNames = [...]string{
	"channel", "mutex", "rwmutex", "waitgroup", "once", "cond", "timer", "variable", "map", "context",
}

const (
	none        = ^uint32(0)
	defaultCase = 0xffff
	closedEnd   = 1 // argument of a receive that found the channel closed

	waitsForParallel = 1 // argument of a child-wait at the end of the test function

	// internalSite marks sites in rewritten standard packages: modelled, neither yielded at nor shown.
	internalSite = 1 << 31

	// maxEvents bounds the memory of one run: 32 bytes each.
	maxEvents = 1 << 19
)

// event is one record of the trace file: eight little-endian words.
type event struct {
	head      uint32 // operation | phase << 8 | aux << 16
	goroutine uint32
	object    uint32
	site      uint32
	partner   uint32
	argument  int32
	time      int64
}

// emit appends an event and gives its index, or none when the bound is reached.
func (r *run) emit(o operation, p phase, g *routine, object, site uint32) uint32 {
	if len(r.events) >= maxEvents {
		r.dropped++
		return none
	}
	r.events = append(r.events, event{
		head:      uint32(o) | uint32(p)<<8,
		goroutine: uint32(g.id),
		object:    object,
		site:      site, // a site id here; an index in the file
		partner:   none,
		time:      r.clock.elapsed,
	})
	r.progress.Add(1)
	index := uint32(len(r.events) - 1)
	if r.stacks != nil {
		r.stacks.note(g)
	}
	r.changed(index)
	return index
}

// phaseOf is the phase of an event that has been written; done when the bound kept it from being.
func (r *run) phaseOf(index uint32) phase {
	if index == none {
		return phaseDone
	}
	return phase(r.events[index].head >> 8)
}

func (r *run) setAux(index uint32, aux int) {
	if index != none {
		r.events[index].head |= uint32(aux) << 16
		r.changed(index)
	}
}

func (r *run) setArgument(index uint32, argument int32) {
	if index != none {
		r.events[index].argument = argument
		r.changed(index)
	}
}

func (r *run) setPartner(index, partner uint32) {
	if index != none {
		r.events[index].partner = partner
		r.changed(index)
	}
}

// changed is called with every event that is new or changed.
func (r *run) changed(index uint32) {
	if r.stream != nil {
		r.stream.event(index)
	}
}

// pair makes two events of a rendezvous each other's partner.
func (r *run) pair(a, b uint32) {
	r.setPartner(a, b)
	r.setPartner(b, a)
}
