package lockstep

import (
	"reflect"
	"unsafe"
)

// reflected is one communication through package reflect, on a channel whose type is not known here.
type reflected struct {
	ch     reflect.Value // bidirectional or not: reflect judges that
	send   bool
	value  reflect.Value // sent or received
	ok     bool
	waiter *waiter
}

func (c *reflected) state(r *run, site uint32) *channelState {
	return r.channel(c.ch.UnsafePointer(), c.ch.Cap(), site)
}

// slot is memory for one value of the channel.
func (c *reflected) slot() reflect.Value { return reflect.New(c.ch.Type().Elem()).Elem() }

func (c *reflected) key() unsafe.Pointer {
	if !c.ch.IsValid() || c.ch.IsNil() {
		return nil
	}
	return c.ch.UnsafePointer()
}

func (c *reflected) ready(r *run, site uint32) bool {
	if c.key() == nil {
		return false
	}
	s := c.state(r, site)
	if c.send {
		return c.ch.Len() < c.ch.Cap() || s.closed || anyWaiter(&s.receivers)
	}
	return c.ch.Len() > 0 || s.closed || anyWaiter(&s.senders)
}

func (c *reflected) try(r *run, g *routine, as operationAs) bool {
	if !c.ch.IsValid() || c.ch.IsNil() {
		return false
	}
	s := c.state(r, as.site)
	if c.send {
		return c.trySend(r, g, s, as)
	}
	return c.tryReceive(r, g, s, as)
}

func (c *reflected) trySend(r *run, g *routine, s *channelState, as operationAs) bool {
	if w := firstWaiter(&s.receivers); w != nil && !s.closed {
		reflect.NewAt(c.ch.Type().Elem(), w.value).Elem().Set(c.value)
		w.ok = true
		sent := as.emit(r, g, s.object, directionSend)
		r.pair(sent, w.emit(r, s.object, directionReceive))
		w.complete(r)
		s.raceHanded(w.attempt, c.ch.Cap())
		return true
	}
	s.raceBegin(g, c.ch.Len(), c.ch.Cap())
	done := c.ch.TrySend(c.value)
	g.raceEnd()
	if !done {
		return false
	}
	s.raceSent()
	as.emit(r, g, s.object, directionSend)
	return true
}

func (c *reflected) tryReceive(r *run, g *routine, s *channelState, as operationAs) bool {
	if c.ch.Cap() == 0 {
		if w := firstWaiter(&s.senders); w != nil {
			c.value, c.ok = reflect.NewAt(c.ch.Type().Elem(), w.value).Elem(), true
			sent := w.emit(r, s.object, directionSend)
			r.pair(sent, as.emit(r, g, s.object, directionReceive))
			w.complete(r)
			w.attempt.raceMet()
			return true
		}
	}
	s.raceBegin(g, c.ch.Len(), c.ch.Cap())
	value, ok := c.ch.TryRecv()
	g.raceEnd()
	if !value.IsValid() {
		return false
	}
	c.value, c.ok = value, ok
	received := as.emit(r, g, s.object, directionReceive)
	if !ok {
		if raceDetector {
			c.ch.TryRecv() // again, not hidden
		}
		r.setPartner(received, s.closeEvent)
		if as.op == opReceive {
			r.setArgument(received, closedEnd)
		}
		return true
	}
	s.raceReceived()
	if w := s.waitsForRoom(c.ch.Cap()); w != nil {
		element, same := c.ch.Type().Elem(), c.ch.UnsafePointer()
		// A channel's direction is a matter of its type only.
		both := reflect.NewAt(reflect.ChanOf(reflect.BothDir, element), unsafe.Pointer(&same)).Elem()
		s.raceBegin(g, c.ch.Len(), c.ch.Cap())
		both.Send(reflect.NewAt(element, w.value).Elem())
		g.raceEnd()
		s.raceRefilled(w.attempt)
		w.emit(r, s.object, directionSend)
		w.complete(r)
	}
	return true
}

func (c *reflected) wait(r *run, w waiter) *channelState {
	s := c.state(r, w.site)
	slot := c.slot()
	w.value = slot.Addr().UnsafePointer()
	c.waiter = &w
	if c.send {
		slot.Set(c.value)
		s.senders = append(s.senders, c.waiter)
	} else {
		c.value = slot
		s.receivers = append(s.receivers, c.waiter)
	}
	return s
}

func (c *reflected) enqueue(r *run, g *routine, site uint32, a *attempt, index int) {
	if !c.ch.IsValid() || c.ch.IsNil() {
		return
	}
	s := c.wait(r, waiter{g: g, site: site, op: opSelect, attempt: a, index: index})
	r.emitSelectCase(g, phaseBlock, s.object, site, index, c.direction())
}

func (c *reflected) sends() bool { return c.send }

func (c *reflected) direction() int32 {
	if c.send {
		return directionSend
	}
	return directionReceive
}

func (c *reflected) finish() {
	if c.waiter.closed {
		c.ch.Send(c.value) // panics
	}
	c.ok = c.waiter.ok
}

func (c *reflected) poll(r *run) (moved bool) {
	if !c.ch.IsValid() || c.ch.IsNil() {
		return false
	}
	s := c.state(r, c.waiter.site)
	c.waiter.attempt.raceMet()
	if !c.send {
		value, ok := c.ch.TryRecv()
		if !value.IsValid() {
			return false
		}
		c.value.Set(value)
		c.waiter.ok = ok
	} else {
		defer func() {
			if recover() != nil {
				c.waiter.closed, moved = true, true
				c.waiter.complete(r)
			}
		}()
		if !c.ch.TrySend(c.value) {
			return false
		}
	}
	c.waiter.emit(r, s.object, c.direction())
	c.waiter.complete(r)
	return true
}

func (c *reflected) real() reflect.SelectCase {
	if c.send {
		return reflect.SelectCase{Dir: reflect.SelectSend, Chan: c.ch, Send: c.value}
	}
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: c.ch}
}

func (c *reflected) took(value reflect.Value, ok bool) { c.value, c.ok = value, ok }

// complete does the operation, or waits for it. False: it would have to wait and may not.
func (c *reflected) complete(r *run, g *routine, o operation, site uint32, mayWait bool) bool {
	if mayWait {
		r.point(g, o, site, c.ch.UnsafePointer())
	} else {
		r.pointOfTrial(g, o, site, c.ch.UnsafePointer())
	}
	if c.ch.IsNil() {
		if mayWait {
			r.waitForEver(g, o, site)
		}
		return false
	}
	if c.try(r, g, operationAs{op: o, site: site}) {
		return true
	}
	s := c.state(r, site)
	if !mayWait {
		r.emit(o, phaseRefused, g, s.object, site)
		return false
	}
	c.wait(r, waiter{g: g, site: site, op: o, attempt: &attempt{}})
	r.emit(o, phaseBlock, g, s.object, site)
	c.waiter.attempt.raceWaits()
	r.block(g, o, site, func() bool { return c.poll(r) })
	g.really(func() { reflect.Select([]reflect.SelectCase{c.real()}) })
	c.waiter.attempt.raceGoesOn()
	c.finish()
	return true
}

// sends says that v is a channel that x can be sent on; for anything else reflect shall panic in its own words.
func sends(v, x reflect.Value) bool {
	return v.Kind() == reflect.Chan && v.CanInterface() && v.Type().ChanDir()&reflect.SendDir != 0 &&
		x.IsValid() && x.CanInterface() && x.Type().AssignableTo(v.Type().Elem())
}

func receives(v reflect.Value) bool {
	return v.Kind() == reflect.Chan && v.CanInterface() && v.Type().ChanDir()&reflect.RecvDir != 0
}

func reflectedSend(v, x reflect.Value) *reflected {
	c := &reflected{ch: v, send: true}
	c.value = c.slot()
	c.value.Set(x)
	return c
}

// ReflectSend is v.Send(x) of a reflect.Value.
func ReflectSend(site uint32, v, x reflect.Value) {
	if r, g := active(); r != nil && sends(v, x) {
		reflectedSend(v, x).complete(r, g, opSend, site, true)
		return
	}
	v.Send(x)
}

// ReflectTrySend is v.TrySend(x).
func ReflectTrySend(site uint32, v, x reflect.Value) bool {
	if r, g := active(); r != nil && sends(v, x) {
		return reflectedSend(v, x).complete(r, g, opSend, site, false)
	}
	return v.TrySend(x)
}

// ReflectRecv is v.Recv().
func ReflectRecv(site uint32, v reflect.Value) (reflect.Value, bool) {
	if r, g := active(); r != nil && receives(v) {
		c := &reflected{ch: v}
		c.complete(r, g, opReceive, site, true)
		return c.value, c.ok
	}
	return v.Recv()
}

// ReflectTryRecv is v.TryRecv().
func ReflectTryRecv(site uint32, v reflect.Value) (reflect.Value, bool) {
	if r, g := active(); r != nil && receives(v) {
		c := &reflected{ch: v}
		if !c.complete(r, g, opReceive, site, false) {
			return reflect.Value{}, false
		}
		return c.value, c.ok
	}
	return v.TryRecv()
}

// ReflectClose is v.Close().
func ReflectClose(site uint32, v reflect.Value) {
	r, g := active()
	if r == nil || v.Kind() != reflect.Chan || !v.CanInterface() || v.Type().ChanDir()&reflect.SendDir == 0 {
		v.Close()
		return
	}
	r.point(g, opClose, site, v.UnsafePointer())
	v.Close() // panics as Go does
	r.closed(g, r.channel(v.UnsafePointer(), v.Cap(), site), site)
}

// ReflectSelect is reflect.Select(cases).
func ReflectSelect(site uint32, cases []reflect.SelectCase) (int, reflect.Value, bool) {
	if r, _ := active(); r == nil {
		return reflect.Select(cases)
	}
	var list []Case
	var numbers []int // of list in cases
	standard := -1
	for number, c := range cases {
		switch {
		case c.Dir == reflect.SelectDefault && standard < 0 && !c.Chan.IsValid() && !c.Send.IsValid():
			standard = number
		case c.Dir == reflect.SelectRecv && !c.Send.IsValid() && (!c.Chan.IsValid() || receives(c.Chan)):
			list, numbers = append(list, &reflected{ch: c.Chan}), append(numbers, number)
		case c.Dir == reflect.SelectSend && !c.Chan.IsValid() && !c.Send.IsValid():
			list, numbers = append(list, &reflected{send: true}), append(numbers, number)
		case c.Dir == reflect.SelectSend && sends(c.Chan, c.Send):
			list, numbers = append(list, reflectedSend(c.Chan, c.Send)), append(numbers, number)
		default:
			return reflect.Select(cases) // panics
		}
	}
	chosen := communicate(site, standard >= 0, list)
	if chosen < 0 {
		return standard, reflect.Value{}, false
	}
	c := list[chosen].(*reflected)
	if c.send {
		return numbers[chosen], reflect.Value{}, false
	}
	return numbers[chosen], c.value, c.ok
}
