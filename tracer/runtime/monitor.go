package lockstep

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// The monitor acts only when nobody of the run has the turn, or when the one that has it is blocked in code that
// is not instrumented. It is a timer, not a goroutine: tests that count goroutines shall not see one of ours.

const (
	stuckAfter   = 20 * time.Millisecond // without progress, before the monitor looks at the goroutine's state
	idleInterval = 100 * time.Microsecond
	busyInterval = 5 * time.Millisecond
	settleTime   = 2 * time.Millisecond // goroutines that have just ended may still be counted by the runtime
	longestLook  = 2 * busyInterval     // a process that a debugger has stopped, or a machine that slept, has waited for nothing
)

// Shares of the configured patience with code that is not instrumented.
const (
	backgroundShare = 4 // for goroutines that are none of the run's and may never do anything: a quarter
	hangFactor      = 3 // for a goroutine of the run that is inside such code: three times, until the test has returned
)

type monitor struct {
	timer    *time.Timer
	looking  flag
	woken    flag
	seen     uint64        // progress at the last look
	since    time.Duration // awake
	looked   time.Time
	awake    time.Duration // as this process has lived it
	suspect  uint64        // progress when a goroutine was found blocked; it is set aside when it still is at the next look
	lifeline int           // file descriptor; 0: none
}

func (p *process) startMonitor() {
	p.monitor.timer = time.AfterFunc(time.Hour, p.tick)
	p.monitor.timer.Reset(busyInterval)
}

func (p *process) wakeMonitor() {
	p.monitor.woken.Store(true)
	raceHide()
	p.monitor.timer.Reset(0)
	raceShow()
}

func (p *process) tick() {
	m := &p.monitor
	if !m.looking.Raise() {
		return
	}
	m.woken.Store(false)
	interval := p.look()
	m.looking.Store(false)
	if m.woken.Load() {
		interval = 0
	}
	m.timer.Reset(interval)
}

// look does what there is to do and says when to look again.
func (p *process) look() time.Duration {
	m := &p.monitor
	now := time.Now()
	m.awake += min(now.Sub(m.looked), longestLook)
	m.looked = now
	if m.lifeline != 0 && hasEnded(m.lifeline) {
		killGroup()
		os.Exit(2)
	}
	r := theRun.Load()
	if r == nil {
		return busyInterval
	}
	if r.progress.Load() != m.seen && p.overdue(now) {
		r.overdue.Store(true)
	}
	if !r.guard.tryLock() {
		return busyInterval // somebody moves; who does so all the time has the lock whenever we come
	}
	switch current := r.current.Load(); {
	case current == nil:
		r.tryToGoOn() // unlocks
		return idleInterval
	case r.progress.Load() != m.seen:
		m.seen, m.since = r.progress.Load(), m.awake
		r.guard.unlock()
	case m.awake-m.since > stuckAfter:
		r.guard.unlock()
		// The garbage collector, and we who stop the world to look, make goroutines wait for a moment, too.
		switch blocked := blockedInForeignCode(current); {
		case !blocked:
			m.suspect = 0
		case m.suspect != m.seen:
			m.suspect = m.seen
		default:
			r.setAside(current, m.seen)
		}
	default:
		r.guard.unlock()
	}
	return busyInterval
}

// mayMoveByItself says whether code that is not under control could still make something happen.
// leaving is the goroutine that asks while it ends, or nil.
func (r *run) mayMoveByItself(leaving *routine) bool {
	if r.foreignInside > 0 {
		return true
	}
	alive, waiting := 1+int(coroutines.Load()), false // testing has one that waits for the test
	for _, g := range r.routines[1:] {
		if g.status != statusDone {
			alive++
		}
		waiting = waiting || g.status == statusBlocked
	}
	if leaving != nil && leaving.status == statusDone {
		alive++
	}
	if r.process.monitor.looking.Load() {
		alive++
	}
	return waiting && runtime.NumGoroutine() > alive
}

// tryToGoOn looks, while nobody has the turn, for somebody who can go on. Called with the lock held.
func (r *run) tryToGoOn() {
	awake := r.process.monitor.awake
	if r.idleSince == 0 {
		r.idleSince = awake
	}
	waited := awake - r.idleSince
	r.pollBlocked()
	limit := time.Duration(r.process.config.ForeignMilliseconds) * time.Millisecond
	patience, draining := limit*hangFactor, r.main.status == statusDraining
	if draining {
		patience = limit
	}
	switch {
	case len(r.options()) > 0:
	case waited < settleTime:
		r.guard.unlock()
		return
	case r.foreignInside == 0 && r.waitsForOutsiders(nil) && waited < limit && r.outsidersCompute():
		r.guard.unlock()
		return
	case r.clock.pending() && (r.foreignInside == 0 || waited > limit/backgroundShare):
		if !r.pollBlocked() {
			r.clock.jump(r, inTime)
		}
	case r.foreignInside > 0 && waited < patience, r.foreignInside == 0 && r.mayMoveByItself(nil) && !r.outsidersRest(waited, limit):
		r.guard.unlock()
		return
	case r.foreignInside > 0:
		outside, state, stack := r.blockedOutside()
		r.idleSince = 0
		switch {
		case outside == nil:
			r.guard.unlock()
		case draining:
			r.unpark(r.conclude())
		default:
			r.hang(outside, state, stack)
			r.guard.unlock()
		}
		return
	default:
		if r.mayMoveByItself(nil) {
			r.foreign = true
		}
		r.idleSince = 0
		r.unpark(r.conclude())
		return
	}
	r.idleSince = 0
	r.unpark(r.choose(nil))
}

// setAside takes the turn from a goroutine that is blocked in code that is not instrumented.
func (r *run) setAside(g *routine, seen uint64) {
	r.guard.lock()
	if r.current.Load() != g || g.status != statusRunning || r.progress.Load() != seen {
		r.guard.unlock()
		return
	}
	g.status = statusForeign
	r.foreignInside++
	r.foreign = true
	next := r.choose(g)
	if next == nil {
		r.idleSince = r.process.monitor.awake
	}
	r.unpark(next)
}

// blockedOutside is a goroutine that is blocked in code that is not instrumented; nil when one computes there: how long that
// may take is for the engine to say.
func (r *run) blockedOutside() (outside *routine, state, stack string) {
	for _, g := range r.routines {
		if g.status == statusForeign {
			outside = g
			if state, stack = dump(g); !isBlocked(state) {
				return nil, "", ""
			}
		}
	}
	return outside, state, stack
}

// hang ends the process: a goroutine is blocked for good in code that is not instrumented, and keeps the test from returning.
func (r *run) hang(outside *routine, state, stack string) {
	r.outcome = "hang"
	r.message = fmt.Sprintf("goroutine %s is blocked (%s) in code that is not instrumented, and nothing else can go on", outside.path, state)
	r.stack = stack
	r.process.finish(r)
}

func blockedInForeignCode(g *routine) bool {
	if g.gp == nil {
		return false // chosen, but the Go scheduler has not started it yet
	}
	state, _ := dump(g)
	return isBlocked(state)
}

// isBlocked tells from the state in a stack dump whether a goroutine waits for something.
func isBlocked(state string) bool {
	switch state {
	case "", "running", "runnable", "preempted", "copystack", "waiting":
		return false
	}
	for _, own := range [...]string{"GC ", "force gc", "garbage collection", "wait for GC", "stopping the world", "flushing proc"} {
		if strings.HasPrefix(state, own) {
			return false
		}
	}
	return true
}
