package lockstep

import (
	"time"
	"unsafe"
)

// Timers under control deliver on channels of ours at virtual times. The *time.Timer that the user holds is a
// real one that never fires, with its C replaced, so that it can be passed to code that is not instrumented.

const never = time.Duration(1<<63 - 1)

// asyncTimers: the program's Go version or GODEBUG asks for the timers of before Go 1.23, whose channels have a buffer
// that the program sees, and keep a stale time after Stop and Reset.
var asyncTimers = func() bool {
	t := time.NewTimer(never)
	defer t.Stop()
	return cap(t.C) > 0
}()

type timerEntry struct {
	alarm *alarm
	ch    chan time.Time
}

// deliver puts the time on ch at the moment the clock fires, unless an earlier one still lies there.
func (r *run) deliver(ch chan time.Time, set unsafe.Pointer, site uint32) {
	s := stateOf(r, ch, site)
	fired := r.emit(opFire, phaseDone, r.routines[0], s.object, site)
	if w := firstWaiter(&s.receivers); w != nil {
		*(*time.Time)(w.value), w.ok = r.clock.now(), true
		r.setPartner(w.emit(r, s.object, directionReceive), fired)
		w.complete(r)
		s.raceTicked(w.attempt, set)
		return
	}
	clock := r.routines[0]
	s.raceBegin(clock, len(ch), cap(ch))
	select {
	case ch <- r.clock.now():
		s.raceSentFor(set)
	default:
	}
	clock.raceEnd()
}

func (r *run) newTimer(g *routine, site uint32, d, period time.Duration) *timerEntry {
	ch := make(chan time.Time, 1)
	entry := &timerEntry{ch: ch}
	s := stateOf(r, ch, site)
	s.timer = !asyncTimers
	full := func() bool { return len(ch) == cap(ch) && !anyWaiter(&s.receivers) }
	entry.alarm = &alarm{index: -1, period: int64(period), idle: full, fire: func(r *run) {
		if !full() {
			r.deliver(ch, unsafe.Pointer(entry), site)
		}
	}}
	raceRelease(unsafe.Pointer(entry))
	r.clock.set(entry.alarm, d)
	object := r.object(channelKey(ch), kindTimer, site)
	r.setArgument(r.emit(opTimer, phaseDone, g, object, site), 1)
	return entry
}

// Sleep is time.Sleep(d).
func Sleep(site uint32, d time.Duration) {
	r, g := active()
	if r == nil {
		tried(opSleep, operand{}, site, func() bool { return d <= 0 }, func() { time.Sleep(d) }, nil)
		return
	}
	r.point(g, opSleep, site, nil)
	if d <= 0 {
		return
	}
	fired := none
	a := &alarm{index: -1}
	a.fire = func(r *run) {
		fired = r.emit(opFire, phaseDone, r.routines[0], none, site)
		r.ready(g)
	}
	r.clock.set(a, d)
	r.emit(opSleep, phaseBlock, g, none, site)
	r.block(g, opSleep, site, nil)
	r.setPartner(r.emit(opSleep, phaseWake, g, none, site), fired)
}

// After is time.After(d).
func After(site uint32, d time.Duration) <-chan time.Time {
	r, g := active()
	if r == nil {
		return time.After(d)
	}
	return r.newTimer(g, site, d, 0).ch
}

// Tick is time.Tick(d).
func Tick(site uint32, d time.Duration) <-chan time.Time {
	r, g := active()
	if r == nil || d <= 0 {
		return time.Tick(d)
	}
	return r.newTimer(g, site, d, d).ch
}

// NewTimer is time.NewTimer(d).
func NewTimer(site uint32, d time.Duration) *time.Timer {
	r, g := active()
	if r == nil {
		return time.NewTimer(d)
	}
	t := time.NewTimer(never)
	entry := r.newTimer(g, site, d, 0)
	t.C = entry.ch
	r.timers.put(unsafe.Pointer(t), entry)
	return t
}

// NewTicker is time.NewTicker(d).
func NewTicker(site uint32, d time.Duration) *time.Ticker {
	r, g := active()
	if r == nil || d <= 0 {
		return time.NewTicker(d)
	}
	t := time.NewTicker(never)
	entry := r.newTimer(g, site, d, d)
	t.C = entry.ch
	r.timers.put(unsafe.Pointer(t), entry)
	return t
}

// AfterFunc is time.AfterFunc(d, f).
func AfterFunc(site uint32, d time.Duration, f func()) *time.Timer {
	r, g := active()
	if r == nil {
		return recordedAfterFunc(site, d, f)
	}
	t := time.AfterFunc(never, f)
	entry := &timerEntry{}
	object := r.object(unsafe.Pointer(t), kindTimer, site)
	entry.alarm = &alarm{index: -1, fire: func(r *run) {
		fired := r.emit(opFire, phaseDone, r.routines[0], object, site)
		child := r.newRoutine(g, site)
		child.pendingSite = site
		child.startEvent = fired
		raceHide() // it does not follow on whoever has the turn now
		go child.live(r, func() {
			raceAcquire(unsafe.Pointer(entry))
			f()
		})
		raceShow()
	}}
	raceRelease(unsafe.Pointer(entry))
	r.clock.set(entry.alarm, d)
	r.setArgument(r.emit(opTimer, phaseDone, g, object, site), 1)
	r.timers.put(unsafe.Pointer(t), entry)
	return t
}

// change stops or resets a timer under control; known is false for any other.
func change(site uint32, t unsafe.Pointer, apply func(r *run, entry *timerEntry) (argument int32, was bool)) (was, known bool) {
	r, g := active()
	if r == nil {
		return false, false
	}
	entry := r.timers.get(t)
	if entry == nil {
		return false, false
	}
	r.point(g, opTimer, site, t)
	argument, was := apply(r, entry)
	if entry.ch != nil && !asyncTimers {
		s := stateOf(r, entry.ch, site)
		s.raceBegin(g, len(entry.ch), cap(entry.ch))
		select { // since Go 1.23 no stale time is received after Stop or Reset
		case <-entry.ch:
			s.raceDrained()
			was = true
		default:
		}
		g.raceEnd()
	}
	key := t
	if entry.ch != nil {
		key = channelKey(entry.ch)
	}
	r.setArgument(r.emit(opTimer, phaseDone, g, r.object(key, kindTimer, site), site), argument)
	return was, true
}

func stop(r *run, entry *timerEntry) (int32, bool) { return 3, r.clock.stop(entry.alarm) }

func reset(d time.Duration, periodic bool) func(*run, *timerEntry) (int32, bool) {
	return func(r *run, entry *timerEntry) (int32, bool) {
		was := r.clock.stop(entry.alarm)
		if periodic {
			entry.alarm.period = int64(d)
		}
		raceRelease(unsafe.Pointer(entry))
		r.clock.set(entry.alarm, d)
		return 2, was
	}
}

// TimerStop is t.Stop().
func TimerStop(site uint32, t *time.Timer) bool {
	if was, known := change(site, unsafe.Pointer(t), stop); known {
		return was
	}
	return t.Stop()
}

// TimerReset is t.Reset(d).
func TimerReset(site uint32, t *time.Timer, d time.Duration) bool {
	if was, known := change(site, unsafe.Pointer(t), reset(d, false)); known {
		return was
	}
	return t.Reset(d)
}

// TickerStop is t.Stop().
func TickerStop(site uint32, t *time.Ticker) {
	if _, known := change(site, unsafe.Pointer(t), stop); !known {
		t.Stop()
	}
}

// TickerReset is t.Reset(d).
func TickerReset(site uint32, t *time.Ticker, d time.Duration) {
	if d <= 0 {
		t.Reset(d) // panics as Go does
	}
	if _, known := change(site, unsafe.Pointer(t), reset(d, true)); !known {
		t.Reset(d)
	}
}

// readingCost is how far a look at the clock moves it.
const readingCost = 100 // nanoseconds

// Now is time.Now().
func Now() time.Time {
	if r, _ := holdsTurn(); r != nil {
		return r.clock.read()
	}
	if p := theProcess; p != nil && p.config.Mode == "control" {
		return p.outsideNow()
	}
	return time.Now()
}

// beforeEpoch is how long before the runs a process under control thinks it has started.
const beforeEpoch = time.Minute

// outsideNow is the time for code that is not under control. What it reads while packages are initialised lies before
// all runs, and while there is a run not before what the run has read: no time may seem to pass backwards.
func (p *process) outsideNow() time.Time {
	r := theRun.Load()
	if r == nil {
		return time.Unix(0, p.epoch).Add(time.Since(p.started) - beforeEpoch)
	}
	now := time.Now()
	if now.Round(0).Before(p.started.Round(0)) {
		return now // a bubble of testing/synctest has a clock of its own
	}
	if virtual := r.clock.now(); virtual.After(now) {
		return virtual
	}
	return now
}

// Since is time.Since(t).
func Since(t time.Time) time.Duration { return Now().Sub(t) }

// Until is time.Until(t).
func Until(t time.Time) time.Duration { return t.Sub(Now()) }
