// Package lockstep is linked into instrumented tests. It decides, at every concurrency operation, which
// goroutine goes on, and records what happened.
//
// One goroutine of the run has the turn; all others are parked. Only the one with the turn touches the models
// of channels and locks, so these need no lock; the scheduler's own fields are guarded by run.guard, because
// goroutines come back from code that is not instrumented at any time.
package lockstep

import (
	"runtime"
	"time"
	"unsafe"
)

var theRun runPointer

// run is one execution of the test under control.
type run struct {
	process *process
	index   int
	turn    int // number among the runs of its planner
	seed    uint64
	rng     random
	policy  strategy
	test    string   // the test function
	memory  bool     // record reads and writes of shared memory
	points  *siteSet // of reads and writes that are scheduling points; nil: none
	paused  int

	// Under a debugger.
	stopped  bool // what was found has been shown
	showing  bool // who is woken now is to show it
	accesses int  // at the site of debugAccess, by its goroutine

	guard         spinLock
	current       routinePointer
	last          *routine // had the turn last
	byGoroutine   table[unsafe.Pointer, *routine]
	routines      []*routine
	runnable      []*routine // scratch of choose
	main          *routine
	top           *testFunction
	subtests      []*testFunction
	foreignInside int // routines set aside
	drainSteps    int
	overdue       flag // it is to end with its next step

	foreignCall flag // instrumented code was called from a goroutine that is not the run's
	foreign     bool // that mattered: see TraceHeader.foreign
	early       bool
	ahead       int64 // nanoseconds that time was let pass early, in all
	returned    bool
	// Of goroutines that are none of the run's.
	outsideLooks  int
	lookedOutside time.Duration // awake
	outsideBusy   bool
	busyOutside   time.Duration // awake: when they were seen at work
	progress      word64        // changes while the run moves; the monitor looks at it
	idleSince     time.Duration // as the monitor counts it; 0: somebody has the turn
	began         time.Time     // of a recording: its times count from here

	clock      clock
	left       leaving
	objects    identities
	shared     identities // variables
	records    []objectRecord
	channels   table[unsafe.Pointer, *channelState]
	mutexes    table[unsafe.Pointer, *mutexState]
	rwlocks    table[unsafe.Pointer, *rwState]
	groups     table[unsafe.Pointer, *groupState]
	onces      table[unsafe.Pointer, *onceState]
	conds      table[unsafe.Pointer, *condState]
	timers     table[unsafe.Pointer, *timerEntry]
	maps       table[unsafe.Pointer, *mapState]
	pools      table[unsafe.Pointer, *poolState]
	program    generator                     // of the program's random numbers
	drawn      int                           // of these, so far
	follows    bool                          // the strategy wants looked
	looked     []uint32                      // channels that the current step has looked at and perhaps left alone
	acquainted table[unsafe.Pointer, uint64] // addresses in keys of maps, numbered
	strangers  uint64                        // how many numbers were given
	finalizers []*finalizer                  // of objects that live, in the order in which they were set
	idleLooks  int                           // for what only a garbage collection would let go on
	lastLooks  int                           // the same, before the run is over

	stream      *stream     // nil unless the run is to be written as it goes
	stacks      *callStacks // nil unless they are asked for
	events      []event
	dropped     int
	steps       []taken
	preemptions int
	hash        uint64
	novelty     novelty // when it has ended

	outcome    string
	message    string
	stack      string
	divergedAt int
	testFailed func() bool
	profile    *leakProfile
	races      int // reports of the race detector
	raceText   []byte

	// Of a recording.
	sealed      bool // it has ended
	testSkipped func() bool
	recorded    bool
	closes      table[uint64, uint32] // the event that closed a channel, by object
	pooled      table[uint64, uint32] // the object of what was put into a pool, by address
	collections uint32                // of the process, when the run last let go of objects
	counts      table[uint64, int]

	handed *routine // the goroutine that Spawned waits for
}

type objectRecord struct {
	kind     objectKind
	site     uint32
	capacity int
	size     int // bytes of a variable
}

// taken is one choice that was made.
type taken struct {
	g     int32
	op    operation
	again bool // it had to wait for that
	site  uint32
	kase  int32 // -1: none
	// events of the run before it: what the step did lies between this and that of the next step
	events int32
}

func (p *process) newRun(index int) *run {
	r := &run{
		process:    p,
		test:       p.config.Test,
		index:      index,
		turn:       index,
		seed:       p.seedOf(index),
		events:     p.events[:0],
		steps:      p.steps[:0],
		divergedAt: -1,
		hash:       14695981039346656037,
	}
	r.rng = random{r.seed}
	r.program.random = random{mix(r.seed, 0)}
	r.clock.still = p.config.Still
	if p.config.Stacks {
		r.stacks = newCallStacks()
	}
	r.policy = p.planner.plan(r)
	r.memory = p.traced(index) || p.config.Strategy == "replay" || raceDetector // the detector writes of any run
	r.points = p.points
	r.clock.epoch = p.epoch
	if p.config.Mode == "record" {
		r.began = time.Now()
		r.clock.epoch = r.began.UnixNano()
	}
	r.newRoutine(nil, none) // index 0 is the clock
	*p.mark = uint64(index) + 1
	if p.config.Stream {
		r.startStream()
	}
	return r
}

func (p *process) seedOf(index int) uint64 {
	if p.repeats() {
		return p.config.seed
	}
	return mix(p.config.seed, uint64(index))
}

// mix derives the seed of iteration n (SplitMix64).
func mix(seed, n uint64) uint64 {
	z := seed + (n+1)*0x9e3779b97f4a7c15
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// object gives the index of the object at key.
func (r *run) object(key unsafe.Pointer, kind objectKind, site uint32) uint32 {
	objects := &r.objects
	if kind == kindVariable || kind == kindContext {
		objects = &r.shared // a struct begins where its first field does, which may be a lock
	}
	if index, ok := objects.find(key); ok {
		return index
	}
	r.noticeCollections()
	index := uint32(len(r.records))
	objects.young.put(key, index)
	r.records = append(r.records, objectRecord{kind: kind, site: site})
	return index
}

// begin makes the calling goroutine the first of a run under control.
func (r *run) begin(site uint32) {
	r.first(site)
	r.current.Store(r.main)
	watching = r.memory || r.points != nil
	theRun.Store(r)
}

// first makes the calling goroutine the first of the run.
func (r *run) first(site uint32) {
	g := r.newRoutine(nil, site)
	g.status = statusRunning
	g.arrived = true
	r.main = g
	r.last = g
	r.bind(g)
	r.emit(opStart, phaseDone, g, none, none)
}

// drain lets everything else run until nothing can move, after the test and its cleanups have returned.
func (r *run) drain(g *routine) {
	r.comeBack(g)
	r.returned = true
	r.emit(opTestEnd, phaseDone, g, none, g.site)
	r.clock.drainLimit = r.clock.elapsed + int64(time.Hour)
	r.guard.lock()
	g.status = statusDraining
	next := r.choose(g)
	if next == g {
		r.guard.unlock()
	} else {
		r.park(g, next)
	}
	raceAcquire(unsafe.Pointer(&r.hash)) // the next run comes after everything in this one
	theRun.Store(nil)
	r.releaseFinalizers()
}

// settle names the outcome after drain. Who is still in code that is not instrumented may let others go on some day.
func (r *run) settle() {
	blocked, outside := false, false
	for _, g := range r.routines[2:] {
		blocked = blocked || g.status == statusBlocked
		outside = outside || g.status == statusForeign
	}
	switch {
	case r.outcome != "":
	case r.early && r.testFailed():
		r.outcome = "fail"
	case blocked && !outside:
		r.outcome = "blocked"
	case r.testFailed != nil && r.testFailed():
		r.outcome = "fail"
	default:
		r.outcome = "pass"
	}
}

// leftOver says that goroutines of the run are still there, so that the process must not go on with another run.
func (r *run) leftOver() bool {
	for _, g := range r.routines[2:] {
		if g.status != statusDone {
			return true
		}
	}
	return false
}

// panicked ends the process: a panic is about to leave goroutine g.
func (r *run) panicked(g *routine, value any) {
	buffer := make([]byte, 64<<10)
	r.stack = string(buffer[:runtime.Stack(buffer, false)])
	r.message = panicText(value)
	site := g.pendingSite
	r.emit(opPanic, phaseDone, g, none, site)
	r.outcome = "panic"
	if r.returned && r.early && r.testFailed() {
		r.outcome = "fail" // its own timeout came too soon, and who finds the test ended says nothing
	}
	r.process.finish(r)
}
