//go:build race

package lockstep

import (
	"runtime"
	"unsafe"
)

// In a race build this package is compiled without instrumentation (-gcflags=lockstep=-race=false), so the detector
// sees neither its memory nor its atomics: the turn that goes from goroutine to goroutine orders nothing. It does see
// the operations on the program's own channels, locks and wait groups. What the model does in their place, such as
// handing a value from a sender to a waiting receiver, is told to it here, edge for edge as the Go runtime does.

const raceDetector = true

func raceAcquire(p unsafe.Pointer)      { runtime.RaceAcquire(p) }
func raceRelease(p unsafe.Pointer)      { runtime.RaceRelease(p) }
func raceReleaseMerge(p unsafe.Pointer) { runtime.RaceReleaseMerge(p) }
func raceWrite(p unsafe.Pointer)        { runtime.RaceWrite(p) }
func raceErrors() int                   { return runtime.RaceErrors() }

// raceHide lets the calling goroutine synchronise unseen until raceShow.
func raceHide() { runtime.RaceDisable() }
func raceShow() { runtime.RaceEnable() }

// attemptEdges are the addresses at which a waiting goroutine and the one that lets it go on meet.
type attemptEdges struct {
	before, after byte
	from          unsafe.Pointer // released by whom it goes on; nil: after
}

// raceWaits is called by the goroutine that is about to wait.
func (a *attempt) raceWaits() { raceRelease(unsafe.Pointer(&a.edges.before)) }

// raceCompleted is called by whoever lets it go on.
func (a *attempt) raceCompleted() { raceRelease(unsafe.Pointer(&a.edges.after)) }

// raceMet is called by who learns what the waiting goroutine knew, as on a channel without a buffer.
func (a *attempt) raceMet() { raceAcquire(unsafe.Pointer(&a.edges.before)) }

// raceGoesOn is called by the goroutine that has waited.
func (a *attempt) raceGoesOn() {
	if a.edges.from != nil {
		raceAcquire(a.edges.from)
		return
	}
	raceAcquire(unsafe.Pointer(&a.edges.after))
}

// channelEdges follow a channel with a buffer: the k-th send happens before the k-th receive, and the k-th receive
// before the (k+capacity)-th send. The operations on the real channel are hidden meanwhile, because a value that is
// handed over does not pass through it.
type channelEdges struct {
	slots          []slotEdges
	sent, received int
	shared         bool // code that is not under control uses it: the real operations count as well
}

type slotEdges struct {
	full, free unsafe.Pointer // what the next receive and the next send of the slot have to acquire
	own        [2]byte
}

func (e *channelEdges) slot(number int) *slotEdges { return &e.slots[number%len(e.slots)] }

// raceBegin is called before an operation on the real channel that does not wait.
func (s *channelState) raceBegin(g *routine, length, capacity int) {
	if capacity == 0 {
		return
	}
	e := &s.edges
	if e.slots == nil {
		e.slots = make([]slotEdges, min(capacity, maxSlots))
	}
	if e.sent-e.received != length {
		e.shared = true
		e.received = max(e.sent-length, 0)
	}
	if !e.shared && !s.closed {
		g.hidden = true
		raceHide()
	}
}

// maxSlots bounds the memory for a huge buffer: from there on slots are shared, which orders a little more.
const maxSlots = 1 << 12

// raceEnd is called after it, and by a goroutine that comes back after a panic of it.
func (g *routine) raceEnd() {
	if g.hidden {
		g.hidden = false
		raceShow()
	}
}

// raceSent follows a send into the buffer by the calling goroutine.
func (s *channelState) raceSent() {
	if s.edges.slots == nil {
		return
	}
	slot := s.edges.slot(s.edges.sent)
	s.edges.sent++
	if slot.free != nil {
		raceAcquire(slot.free)
	}
	slot.full = unsafe.Pointer(&slot.own[0])
	raceRelease(slot.full)
}

// raceSentFor follows a send into the buffer for one that waits, or for the clock.
func (s *channelState) raceSentFor(p unsafe.Pointer) {
	if s.edges.slots != nil {
		s.edges.slot(s.edges.sent).full = p
		s.edges.sent++
	}
}

// raceRefilled follows a send for a.
func (s *channelState) raceRefilled(a *attempt) { s.raceSentFor(unsafe.Pointer(&a.edges.before)) }

// raceReceived follows a receive from the buffer by the calling goroutine.
func (s *channelState) raceReceived() {
	if s.edges.slots == nil {
		return
	}
	slot := s.edges.slot(s.edges.received)
	s.edges.received++
	if slot.full != nil {
		raceAcquire(slot.full)
	}
	slot.free = unsafe.Pointer(&slot.own[1])
	raceRelease(slot.free)
}

// raceDrained follows a receive that orders nothing.
func (s *channelState) raceDrained() {
	if s.edges.slots != nil {
		s.edges.received++
	}
}

// raceHanded is called by a sender that hands its value to a.
func (s *channelState) raceHanded(a *attempt, capacity int) {
	if capacity == 0 {
		a.raceMet()
		return
	}
	if s.edges.slots == nil {
		s.edges.slots = make([]slotEdges, min(capacity, maxSlots))
	}
	slot := s.edges.slot(s.edges.sent)
	if slot.free != nil {
		raceAcquire(slot.free)
	}
	s.raceTicked(a, nil)
}

// raceTicked follows a value that is handed to a, by the clock if from is not nil.
func (s *channelState) raceTicked(a *attempt, from unsafe.Pointer) {
	a.edges.from = from
	if s.edges.slots != nil {
		s.edges.slot(s.edges.sent).free = unsafe.Pointer(&a.edges.before)
		s.edges.sent++
		s.edges.received++
	}
}
