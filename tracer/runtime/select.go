package lockstep

import (
	"reflect"
	"unsafe"
)

// Case is one communication of a select.
type Case interface {
	// key is the channel; nil: none.
	key() unsafe.Pointer
	// sends says that it would send.
	sends() bool
	// ready says whether the model knows that it can complete at once.
	ready(r *run, site uint32) bool
	// try completes it if possible.
	try(r *run, g *routine, as operationAs) bool
	// enqueue waits for it together with the other cases of a.
	enqueue(r *run, g *routine, site uint32, a *attempt, index int)
	// finish takes over what the waiter got.
	finish()
	// poll tries it against code that is not instrumented.
	poll(r *run) bool
	// real is the same case for an uncontrolled select, and took takes over its result.
	real() reflect.SelectCase
	took(value reflect.Value, ok bool)
}

// ReceiveCase is `case Value, OK := <-ch`.
type ReceiveCase[T any] struct {
	Value  T
	OK     bool
	ch     <-chan T
	waiter *holder[T]
}

// OnReceive is the operand of `case … <-ch`.
func OnReceive[T any](ch <-chan T) *ReceiveCase[T] { return &ReceiveCase[T]{ch: ch} }

//go:norace
func (c *ReceiveCase[T]) key() unsafe.Pointer { return channelKey(c.ch) }

//go:norace
func (c *ReceiveCase[T]) sends() bool { return false }

//go:norace
func (c *ReceiveCase[T]) ready(r *run, site uint32) bool {
	if c.ch == nil {
		return false
	}
	s := stateOf(r, c.ch, site)
	return len(c.ch) > 0 || s.closed || anyWaiter(&s.senders)
}

//go:norace
func (c *ReceiveCase[T]) try(r *run, g *routine, as operationAs) (done bool) {
	if c.ch == nil {
		return false
	}
	c.Value, c.OK, done = tryReceive(r, g, c.ch, stateOf(r, c.ch, as.site), as)
	return done
}

//go:norace
func (c *ReceiveCase[T]) enqueue(r *run, g *routine, site uint32, a *attempt, index int) {
	if c.ch == nil {
		return
	}
	s := stateOf(r, c.ch, site)
	c.waiter = newHolder[T](waiter{g: g, site: site, op: opSelect, attempt: a, index: index})
	s.receivers = append(s.receivers, &c.waiter.waiter)
	r.emitSelectCase(g, phaseBlock, s.object, site, index, directionReceive)
}

//go:norace
func (c *ReceiveCase[T]) finish() { c.Value, c.OK = c.waiter.value, c.waiter.ok }

//go:norace
func (c *ReceiveCase[T]) poll(r *run) bool {
	return c.ch != nil && pollReceive(r, c.ch, stateOf(r, c.ch, c.waiter.site), c.waiter)
}

func (c *ReceiveCase[T]) real() reflect.SelectCase {
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c.ch)}
}

func (c *ReceiveCase[T]) took(value reflect.Value, ok bool) {
	c.OK = ok
	if ok {
		reflect.ValueOf(&c.Value).Elem().Set(value)
	}
}

// SendCase is `case ch <- value`.
type SendCase[T any] struct {
	ch     chan<- T
	value  T
	waiter *holder[T]
}

// SendOperand is the channel of a send case.
type SendOperand[T any] struct{ ch chan<- T }

// OnSend is the channel operand of `case ch <- value`.
func OnSend[T any](ch chan<- T) SendOperand[T] { return SendOperand[T]{ch} }

// Of is its value.
func (o SendOperand[T]) Of(value T) *SendCase[T] { return &SendCase[T]{ch: o.ch, value: value} }

//go:norace
func (c *SendCase[T]) key() unsafe.Pointer { return channelKey(c.ch) }

//go:norace
func (c *SendCase[T]) sends() bool { return true }

//go:norace
func (c *SendCase[T]) ready(r *run, site uint32) bool {
	if c.ch == nil {
		return false
	}
	s := stateOf(r, receiving(c.ch), site)
	return len(c.ch) < cap(c.ch) || s.closed || anyWaiter(&s.receivers)
}

//go:norace
func (c *SendCase[T]) try(r *run, g *routine, as operationAs) bool {
	return c.ch != nil && trySend(r, g, c.ch, stateOf(r, receiving(c.ch), as.site), c.value, as)
}

//go:norace
func (c *SendCase[T]) enqueue(r *run, g *routine, site uint32, a *attempt, index int) {
	if c.ch == nil {
		return
	}
	s := stateOf(r, receiving(c.ch), site)
	c.waiter = newHolder[T](waiter{g: g, site: site, op: opSelect, attempt: a, index: index})
	c.waiter.value = c.value
	s.senders = append(s.senders, &c.waiter.waiter)
	r.emitSelectCase(g, phaseBlock, s.object, site, index, directionSend)
}

//go:norace
func (c *SendCase[T]) finish() {
	if c.waiter.closed {
		c.ch <- c.value // panics
	}
}

//go:norace
func (c *SendCase[T]) poll(r *run) bool {
	return c.ch != nil && pollSend(r, c.ch, stateOf(r, receiving(c.ch), c.waiter.site), c.waiter)
}

func (c *SendCase[T]) real() reflect.SelectCase {
	value := c.value // on its own: what is sent shall not lead Go's leak profile to the channel
	return reflect.SelectCase{Dir: reflect.SelectSend, Chan: reflect.ValueOf(c.ch), Send: reflect.ValueOf(&value).Elem()}
}

func (c *SendCase[T]) took(reflect.Value, bool) {}

// lookedAt notes that a select depends on a channel, whichever case it takes.
func (r *run) lookedAt(channel unsafe.Pointer, site uint32) {
	if channel != nil {
		r.looked = append(r.looked, r.object(channel, kindChannel, site))
	}
}

func (r *run) emitSelectCase(g *routine, p phase, object, site uint32, index int, direction int32) {
	e := r.emit(opSelectCase, p, g, object, site)
	r.setAux(e, index)
	r.setArgument(e, direction)
}

// leftUnsent names the sends that a select which went on at once has not taken: they panic where the channel is closed
// by then. Of the receives that it has not taken nothing needs to be known.
func (r *run) leftUnsent(g *routine, site uint32, cases []Case, taken int) {
	for index, c := range cases {
		if index == taken || !c.sends() {
			continue
		}
		if key := c.key(); key != nil {
			r.emitSelectCase(g, phaseRefused, r.object(key, kindChannel, site), site, index, directionSend)
		}
	}
}

// Select chooses a case that can complete, or waits for one. It gives the case's index, -1 for the default.
//
//go:noinline
func Select[B ~bool](site uint32, hasDefault B, cases ...Case) int {
	return communicate(site, bool(hasDefault), cases)
}

func communicate(site uint32, hasDefault bool, cases []Case) int {
	r, g := active()
	if r == nil {
		return recordedSelect(site, hasDefault, cases)
	}
	r.point(g, opSelect, site, nil)
	if r.follows {
		for _, c := range cases {
			r.lookedAt(c.key(), site)
		}
	}
	var ready []int
	for index, c := range cases {
		if c.ready(r, site) {
			ready = append(ready, index)
		}
	}
	if len(ready) > 0 {
		index := ready[0]
		if len(ready) > 1 {
			index = r.policy.kase(r, g, ready)
			r.recordCase(index)
		}
		if cases[index].try(r, g, operationAs{opSelect, site, index}) {
			r.leftUnsent(g, site, cases, index)
			return index
		}
	}
	for index, c := range cases { // what only the real channel knows
		if c.try(r, g, operationAs{opSelect, site, index}) {
			r.leftUnsent(g, site, cases, index)
			return index
		}
	}
	if hasDefault {
		r.setAux(r.emit(opSelect, phaseRefused, g, none, site), defaultCase)
		r.leftUnsent(g, site, cases, -1)
		r.count(site, countDefault)
		return -1
	}
	r.emit(opSelect, phaseBlock, g, none, site)
	a := &attempt{}
	for index, c := range cases {
		c.enqueue(r, g, site, a, index)
	}
	a.raceWaits()
	r.block(g, opSelect, site, func() bool {
		for _, c := range cases {
			if !a.done && c.poll(r) {
				return true
			}
		}
		return false
	})
	g.really(func() { realSelect(false, cases) })
	a.raceGoesOn()
	cases[a.index].finish()
	return a.index
}

// recordedSelect is a select that the Go runtime decides.
func recordedSelect(site uint32, hasDefault bool, cases []Case) int {
	index, ok := -1, false
	tried(opSelect, operand{}, site, func() bool {
		index, ok = realSelect(true, cases)
		return index >= 0 || hasDefault
	}, func() { index, ok = realSelect(hasDefault, cases) }, func(r *run, event uint32) {
		r.amendSelect(event, site, cases, index, ok)
	})
	return index
}

// amendSelect completes the event of a select with its case and channel. ok is the second value of a receive.
func (r *run) amendSelect(event, site uint32, cases []Case, index int, ok bool) {
	if r.phaseOf(event) == phaseBlock {
		r.recordCases(event, site, cases)
		return
	}
	if index < 0 {
		r.count(site, countDefault)
		if event != none {
			r.events[event].head = uint32(opSelect) | uint32(phaseRefused)<<8 | defaultCase<<16
			r.leftUnsent(r.routines[r.events[event].goroutine], site, cases, -1)
		}
		return
	}
	r.count(site, int32(index))
	if event == none {
		return
	}
	r.setAux(event, index)
	real := cases[index].real()
	key := real.Chan.UnsafePointer()
	r.events[event].object = r.object(key, kindChannel, site)
	if r.phaseOf(event) == phaseDone {
		r.leftUnsent(r.routines[r.events[event].goroutine], site, cases, index)
	}
	if real.Dir == reflect.SelectSend {
		r.setArgument(event, directionSend)
		return
	}
	r.setArgument(event, directionReceive)
	if !ok {
		r.foundClosed(event, key)
	}
}

// recordCases follows a select that waits.
func (r *run) recordCases(blocked, site uint32, cases []Case) {
	g := r.routines[r.events[blocked].goroutine]
	for index, c := range cases {
		real := c.real()
		key := real.Chan.UnsafePointer()
		if key == nil {
			continue
		}
		direction := int32(directionReceive)
		if real.Dir == reflect.SelectSend {
			direction = directionSend
		}
		r.emitSelectCase(g, phaseBlock, r.object(key, kindChannel, site), site, index, direction)
	}
}

// lonely is a case that can be done without reflection when it is the only one.
type lonely interface {
	alone(wait bool) (done, ok bool)
}

func (c *ReceiveCase[T]) alone(wait bool) (done, ok bool) {
	if wait {
		c.Value, c.OK = <-c.ch
		return true, c.OK
	}
	select {
	case c.Value, c.OK = <-c.ch:
		return true, c.OK
	default:
		return false, false
	}
}

func (c *SendCase[T]) alone(wait bool) (done, ok bool) {
	if wait {
		value := c.value // as in real
		c.ch <- value
		return true, false
	}
	select {
	case c.ch <- c.value:
		return true, false
	default:
		return false, false
	}
}

func realSelect(hasDefault bool, cases []Case) (index int, ok bool) {
	if len(cases) == 1 {
		if only, simple := cases[0].(lonely); simple {
			done, ok := only.alone(!hasDefault)
			if !done {
				return -1, false
			}
			return 0, ok
		}
	}
	all := make([]reflect.SelectCase, 0, len(cases)+1)
	for _, c := range cases {
		all = append(all, c.real())
	}
	if hasDefault {
		all = append(all, reflect.SelectCase{Dir: reflect.SelectDefault})
	}
	index, value, ok := reflect.Select(all)
	if index == len(cases) {
		return -1, false
	}
	cases[index].took(value, ok)
	return index, ok
}

// Forever is `select {}`.
func Forever(site uint32) {
	if r, g := active(); r != nil {
		r.point(g, opSelect, site, nil)
		r.waitForEver(g, opSelect, site)
	}
}
