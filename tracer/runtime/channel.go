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

// waitForEver blocks on what can never happen: a nil channel, select {}, a second Do inside Do.
func (r *run) waitForEver(g *routine, o operation, site uint32) {
	r.emit(o, phaseBlock, g, none, site)
	r.block(g, o, site, nil)
	g.really(func() { select {} })
}
