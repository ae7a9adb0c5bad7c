package lockstep

import "unsafe"

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
