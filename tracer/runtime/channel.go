package lockstep

import "unsafe"

// The real channel holds buffered values and the closed state; the model holds who waits. A value goes straight
// from one waiting goroutine to the other as in the Go runtime (FIFO), so that only interleavings that Go can
// show are explored.

// channelState is the model of one channel. It does not know the type of the values, so that operations through
// reflection meet those of the source in the same queues.
type channelState struct {
	object     uint32
	senders    []*waiter
	receivers  []*waiter
	closed     bool
	closeEvent uint32
	timer      bool // of a timer that shows no buffer
	edges      channelEdges
}

// attempt is one blocked operation; the cases of a select share one.
type attempt struct {
	edges attemptEdges
	done  bool
	index int // of the case that completed
}

// waiter is one place in a channel's queue.
type waiter struct {
	g       *routine
	site    uint32
	op      operation // send, receive or select
	attempt *attempt
	index   int            // case index
	value   unsafe.Pointer // where the value is, or goes to
	ok      bool
	closed  bool // a sender that must panic
}

// holder is a waiter with the value itself.
type holder[T any] struct {
	waiter
	value T
}

//go:norace
func newHolder[T any](w waiter) *holder[T] {
	h := &holder[T]{waiter: w}
	h.waiter.value = unsafe.Pointer(&h.value)
	return h
}

// complete takes the waiter out of all queues: the others skip it by attempt.done.
func (w *waiter) complete(r *run) {
	w.attempt.done = true
	w.attempt.index = w.index
	w.attempt.raceCompleted()
	r.ready(w.g)
}

// arguments of a select event.
const (
	directionSend    = 1
	directionReceive = 2
)

// emit writes the completion of w's operation, which had to wait.
func (w *waiter) emit(r *run, object uint32, direction int32) uint32 {
	as := operationAs{w.op, w.site, w.index}
	return as.write(r, w.g, phaseWake, object, direction)
}

func firstWaiter(queue *[]*waiter) *waiter {
	for len(*queue) > 0 {
		w := (*queue)[0]
		(*queue)[0], *queue = nil, (*queue)[1:] // keeps no value alive
		if !w.attempt.done {
			return w
		}
	}
	return nil
}

func anyWaiter(queue *[]*waiter) bool {
	for len(*queue) > 0 {
		if !(*queue)[0].attempt.done {
			return true
		}
		(*queue)[0], *queue = nil, (*queue)[1:]
	}
	return false
}

//go:norace
func channelKey[C any](ch C) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&ch)) }

//go:norace
func stateOf[T any](r *run, ch <-chan T, site uint32) *channelState {
	return r.channel(channelKey(ch), cap(ch), site)
}

func (r *run) channel(key unsafe.Pointer, capacity int, site uint32) *channelState {
	if known := r.channels.get(key); known != nil {
		return known
	}
	s := &channelState{object: r.object(key, kindChannel, site), closed: closedAlready(key), closeEvent: none}
	r.records[s.object].capacity = capacity
	r.channels.put(key, s)
	return s
}

// operationAs says how a completion is written: as an operation of its own or as a case of a select.
type operationAs struct {
	op    operation
	site  uint32
	index int
}

// emit writes a completion without waiting.
func (as operationAs) emit(r *run, g *routine, object uint32, direction int32) uint32 {
	return as.write(r, g, phaseDone, object, direction)
}

func (as operationAs) write(r *run, g *routine, p phase, object uint32, direction int32) uint32 {
	index := r.emit(as.op, p, g, object, as.site)
	switch {
	case as.op == opSelect:
		r.setAux(index, as.index)
		r.setArgument(index, direction)
		r.count(as.site, int32(as.index))
	case p == phaseWake:
		r.count(as.site, countWaited)
	default:
		r.count(as.site, countAtOnce)
	}
	return index
}

// trySend completes a send without waiting, or gives false. Panics as Go does when the channel is closed.
//
//go:norace
func trySend[T any](r *run, g *routine, ch chan<- T, s *channelState, value T, as operationAs) bool {
	if w := firstWaiter(&s.receivers); w != nil && !s.closed {
		*(*T)(w.value), w.ok = value, true
		sent := as.emit(r, g, s.object, directionSend)
		r.pair(sent, w.emit(r, s.object, directionReceive))
		w.complete(r)
		s.raceHanded(w.attempt, cap(ch))
		return true
	}
	s.raceBegin(g, len(ch), cap(ch))
	select {
	case ch <- value:
		g.raceEnd()
		s.raceSent()
		as.emit(r, g, s.object, directionSend)
		return true
	default:
		g.raceEnd()
		return false
	}
}

// tryReceive completes a receive without waiting; done is false when it would block.
//
//go:norace
func tryReceive[T any](r *run, g *routine, ch <-chan T, s *channelState, as operationAs) (value T, ok, done bool) {
	if cap(ch) == 0 {
		if w := firstWaiter(&s.senders); w != nil {
			sent := w.emit(r, s.object, directionSend)
			r.pair(sent, as.emit(r, g, s.object, directionReceive))
			w.complete(r)
			w.attempt.raceMet()
			return *(*T)(w.value), true, true
		}
	}
	s.raceBegin(g, len(ch), cap(ch))
	select {
	case value, ok = <-ch:
		g.raceEnd()
	default:
		g.raceEnd()
		return value, false, false
	}
	received := as.emit(r, g, s.object, directionReceive)
	if !ok {
		if raceDetector {
			<-ch // again, not hidden
		}
		r.setPartner(received, s.closeEvent)
		if as.op == opReceive {
			r.setArgument(received, closedEnd)
		}
		return value, false, true
	}
	s.raceReceived()
	refill(r, g, ch, s)
	return value, true, true
}

// waitsForRoom is the sender that goes on when a value was taken out of the buffer, taken out of the queue.
func (s *channelState) waitsForRoom(capacity int) *waiter {
	if capacity == 0 || s.closed {
		return nil
	}
	return firstWaiter(&s.senders)
}

// refill moves the value of a waiting sender into the room that a receive has made.
//
//go:norace
func refill[T any](r *run, g *routine, ch <-chan T, s *channelState) {
	w := s.waitsForRoom(cap(ch))
	if w == nil {
		return
	}
	s.raceBegin(g, len(ch), cap(ch))
	*(*chan T)(unsafe.Pointer(&ch)) <- *(*T)(w.value) // a channel's direction is a matter of its type only
	g.raceEnd()
	s.raceRefilled(w.attempt)
	w.emit(r, s.object, directionSend)
	w.complete(r)
}

// Made notes where a channel was made.
//
//go:norace
func Made[C any](site uint32, ch C) C {
	if r, g := active(); r != nil {
		key := channelKey(ch)
		object := r.object(key, kindChannel, site)
		r.records[object].capacity = capacityOf(ch)
		r.setArgument(r.emit(opMake, phaseDone, g, object, site), int32(r.records[object].capacity))
	} else if r, g := recorder(); r != nil {
		object := r.object(channelKey(ch), kindChannel, site)
		r.records[object].capacity = capacityOf(ch)
		r.setArgument(r.emit(opMake, phaseDone, g, object, site), int32(r.records[object].capacity))
		r.guard.unlock()
	}
	return ch
}

//go:norace
func capacityOf[C any](ch C) int { return capacityAt(channelKey(ch)) }

// Sender is a channel about to be sent to.
type Sender[T any] struct {
	site uint32
	ch   chan<- T
}

// To begins `ch <- value`.
func To[T any](site uint32, ch chan<- T) Sender[T] { return Sender[T]{site, ch} }

// Send is `ch <- value`.
//
//go:noinline
func (s Sender[T]) Send(value T) { s.send(value) }

//go:norace
func (s Sender[T]) send(value T) {
	r, g := active()
	if r == nil {
		recordedSend(s.site, s.ch, value)
		return
	}
	r.point(g, opSend, s.site, channelKey(s.ch))
	if s.ch == nil {
		r.waitForEver(g, opSend, s.site)
	}
	state := stateOf(r, receiving(s.ch), s.site)
	as := operationAs{op: opSend, site: s.site}
	if trySend(r, g, s.ch, state, value, as) {
		return
	}
	w := newHolder[T](waiter{g: g, site: s.site, op: opSend, attempt: &attempt{}})
	w.value = value
	state.senders = append(state.senders, &w.waiter)
	r.emit(opSend, phaseBlock, g, state.object, s.site)
	w.attempt.raceWaits()
	r.block(g, opSend, s.site, func() bool { return pollSend(r, s.ch, state, w) })
	g.really(func() { s.ch <- value })
	w.attempt.raceGoesOn()
	if w.closed {
		s.ch <- value // panics
	}
}

func recordedSend[T any](site uint32, ch chan<- T, value T) {
	tried(opSend, operand{channelKey(ch), kindChannel}, site, func() bool {
		select {
		case ch <- value:
			return true
		default:
			return false
		}
	}, func() { ch <- value }, nil)
}

//go:norace
func receiving[T any](ch chan<- T) <-chan T { return *(*<-chan T)(unsafe.Pointer(&ch)) }

// pollSend tries to hand the value of a blocked sender to code that is not instrumented.
//
//go:norace
func pollSend[T any](r *run, ch chan<- T, s *channelState, w *holder[T]) (moved bool) {
	defer func() {
		if recover() != nil { // closed by code that is not instrumented: panic in the sender's own goroutine
			w.closed, moved = true, true
			w.complete(r)
		}
	}()
	w.attempt.raceMet()
	select {
	case ch <- w.value:
		w.emit(r, s.object, directionSend)
		w.complete(r)
		return true
	default:
		return false
	}
}

//go:norace
func pollReceive[T any](r *run, ch <-chan T, s *channelState, w *holder[T]) bool {
	select {
	case w.value, w.ok = <-ch:
		w.emit(r, s.object, directionReceive)
		w.complete(r)
		return true
	default:
		return false
	}
}

// Receive is `<-ch`.
func Receive[T any](site uint32, ch <-chan T) T {
	value, _ := Receive2(site, ch)
	return value
}

// Receive2 is `value, ok := <-ch`.
//
//go:norace
func Receive2[T any](site uint32, ch <-chan T) (T, bool) {
	r, g := active()
	if r == nil {
		return recordedReceive(site, ch)
	}
	r.point(g, opReceive, site, channelKey(ch))
	if ch == nil {
		r.waitForEver(g, opReceive, site)
	}
	s := stateOf(r, ch, site)
	if value, ok, done := tryReceive(r, g, ch, s, operationAs{op: opReceive, site: site}); done {
		return value, ok
	}
	w := newHolder[T](waiter{g: g, site: site, op: opReceive, attempt: &attempt{}})
	s.receivers = append(s.receivers, &w.waiter)
	r.emit(opReceive, phaseBlock, g, s.object, site)
	w.attempt.raceWaits()
	r.block(g, opReceive, site, func() bool { return pollReceive(r, ch, s, w) })
	g.really(func() { <-ch })
	w.attempt.raceGoesOn()
	return w.value, w.ok
}

// Receive2As is `value, ok := <-ch` where ok is of a boolean type of its own.
func Receive2As[B ~bool, T any](site uint32, ch <-chan T) (T, B) {
	value, ok := Receive2(site, ch)
	return value, B(ok)
}

func recordedReceive[T any](site uint32, ch <-chan T) (value T, ok bool) {
	tried(opReceive, operand{channelKey(ch), kindChannel}, site, func() bool {
		select {
		case value, ok = <-ch:
			return true
		default:
			return false
		}
	}, func() { value, ok = <-ch }, func(r *run, event uint32) {
		switch r.phaseOf(event) {
		case phaseBlock:
			return
		case phaseWake:
			r.count(site, countWaited)
		default:
			r.count(site, countAtOnce)
		}
		if !ok {
			r.setArgument(event, closedEnd)
			r.foundClosed(event, channelKey(ch))
		}
	})
	return value, ok
}

// waitForEver blocks on what can never happen: a nil channel, select {}, a second Do inside Do.
func (r *run) waitForEver(g *routine, o operation, site uint32) {
	r.emit(o, phaseBlock, g, none, site)
	r.block(g, o, site, nil)
	g.really(func() { select {} })
}

// Close is `close(ch)`.
//
//go:noinline
func Close[T any](site uint32, ch chan<- T) { shut(site, ch) }

//go:norace
func shut[T any](site uint32, ch chan<- T) {
	r, g := active()
	if r == nil {
		noted(opClose, operand{channelKey(ch), kindChannel}, site, 0)
		close(ch)
		return
	}
	r.point(g, opClose, site, channelKey(ch))
	close(ch) // panics as Go does
	r.closed(g, stateOf(r, receiving(ch), site), site)
}

// closed wakes whoever waits on a channel that was closed.
func (r *run) closed(g *routine, s *channelState, site uint32) {
	s.closed = true
	s.closeEvent = r.emit(opClose, phaseDone, g, s.object, site)
	r.count(site, countAtOnce)
	for w := firstWaiter(&s.receivers); w != nil; w = firstWaiter(&s.receivers) {
		received := w.emit(r, s.object, directionReceive)
		r.setPartner(received, s.closeEvent)
		if w.op == opReceive {
			r.setArgument(received, closedEnd)
		}
		w.complete(r)
	}
	for w := firstWaiter(&s.senders); w != nil; w = firstWaiter(&s.senders) {
		w.closed = true
		w.complete(r)
	}
}

// Len is the operand of `len(ch)`.
//
//go:norace
func Len[C any](site uint32, ch C) C {
	if r, g := active(); r != nil && channelKey(ch) != nil {
		r.point(g, opLength, site, channelKey(ch))
		r.emit(opLength, phaseDone, g, r.object(channelKey(ch), kindChannel, site), site)
	}
	return Cap(ch)
}

// Cap is the operand of `cap(ch)` of a channel that may be a timer's.
func Cap[C any](ch C) C {
	if timerChannel(channelKey(ch)) {
		var none C
		return none
	}
	return ch
}

// timerChannel: the channel of a timer under control, whose buffer is ours and not for the program to see.
func timerChannel(key unsafe.Pointer) bool {
	r, _ := holdsTurn()
	if r == nil {
		return false
	}
	s := r.channels.get(key)
	return s != nil && s.timer
}

// Ranging is `for … := range ch`.
type Ranging[T any] struct {
	Value T
	site  uint32
	ch    <-chan T
}

// Range begins a loop whose variable Next fills.
func Range[T any](site uint32, ch <-chan T) (*Ranging[T], T) {
	var zero T
	return &Ranging[T]{site: site, ch: ch}, zero
}

// RangeOnly begins a loop without a variable of its own.
func RangeOnly[T any](site uint32, ch <-chan T) *Ranging[T] { return &Ranging[T]{site: site, ch: ch} }

// Next receives into variable; false when the channel is closed.
func (l *Ranging[T]) Next(variable *T) bool {
	value, ok := Receive2(l.site, l.ch)
	if ok {
		*variable = value
	}
	return ok
}

// Skip receives into Value; false when the channel is closed.
func (l *Ranging[T]) Skip() bool {
	var ok bool
	l.Value, ok = Receive2(l.site, l.ch)
	return ok
}
