package lockstep

import "unsafe"

// footstep is one step of a run, as far as its order among the others matters.
type footstep struct {
	g         int32
	nth       int32 // of the steps of g, from 1
	from, to  int32 // its uses
	wokenBy   int32 // the step that made its goroutine runnable; -1: it was, or time did
	on        unsafe.Pointer
	op        operation
	site      uint32
	size      int
	woken     bool // goes on with an operation that had to wait
	waits     bool // begins with an operation that cannot begin while somebody else keeps it from that
	stuck     bool // began with it all the same, because nobody could do anything else
	timeFirst bool // time passed after everything before it, or all the others were stuck
	fatal     bool // ended the process
	ended     []int32
}

// footsteps follows a run step by step.
type footsteps struct {
	names  nameTable
	steps  []footstep
	uses   []use
	behind int // events that have been looked at
	drawn  int
	by     []followed
	timed  bool // time has passed, or was asked for
	// A wait for a group that is not at zero is a step of its own: an add is not ordered with it, and whether somebody waits
	// already then makes a difference.
	registers bool

	blind  bool // a TryLock cannot come between a lock and its unlock, which is no scheduling point
	passed bool // time passes before the next step
}

// followed is what is known of one goroutine, by index.
type followed struct {
	steps    int32
	enabled  int   // number of the choice at which it was last runnable, plus one
	wokenBy  int32 // the step behind which it became so
	woken    bool
	channels []int32 // names of those that the select it is blocked in waits for
}

// reset begins another run.
func (f *footsteps) reset() {
	*f = footsteps{
		steps: f.steps[:0], uses: f.uses[:0], by: f.by[:0],
		names: nameTable{
			objects: f.names.objects[:0], ranges: f.names.ranges[:0], counts: f.names.counts[:0],
			runners: f.names.runners[:0], trials: f.names.trials[:0], takes: f.names.takes[:0],
		},
	}
}

func (f *footsteps) of(g *routine) *followed {
	for len(f.by) <= g.id {
		f.by = append(f.by, followed{wokenBy: -1})
	}
	return &f.by[g.id]
}

// arrived looks at a choice between goroutines: some of them can go on since the last step.
func (f *footsteps) arrived(options []*routine) {
	for _, g := range options {
		who := f.of(g)
		if who.enabled != len(f.steps) || len(f.steps) == 0 {
			who.wokenBy, who.woken = int32(len(f.steps)-1), who.steps > 0
		}
		who.enabled = len(f.steps) + 1
	}
}

// take begins a step of g.
func (f *footsteps) take(r *run, g *routine, waits, stuck bool) {
	who := f.of(g)
	who.steps++
	f.steps = append(f.steps, footstep{
		g: int32(g.id), nth: who.steps, from: int32(len(f.uses)), to: int32(len(f.uses)),
		wokenBy: who.wokenBy, woken: who.woken, on: g.pendingOn, op: g.pending, site: g.pendingSite,
		size: g.pendingSize, waits: waits, stuck: stuck, timeFirst: f.passed,
	})
	f.passed = false
	who.wokenBy, who.woken = -1, false
	f.drawn = r.drawn
	r.looked = r.looked[:0]
}

// finish looks at what the last step has done, when it is known that nothing more belongs to it.
func (f *footsteps) finish(r *run) {
	events := r.events[min(f.behind, len(r.events)):]
	f.behind = len(r.events)
	if len(f.steps) == 0 {
		f.begin(r, events)
		return
	}
	s := &f.steps[len(f.steps)-1]
	f.own(r, s, events)
	for _, object := range r.looked {
		f.add(use{object: f.names.object(object), kind: useRead})
	}
	if r.drawn != f.drawn {
		f.add(use{object: f.names.place(unsafe.Pointer(&r.program), 1), kind: useWrite})
	}
	for i := range events {
		f.event(r, s, &events[i])
	}
	s.to = int32(len(f.uses))
}

// begin names what the test uses before the first choice.
func (f *footsteps) begin(r *run, events []event) {
	f.steps = append(f.steps, footstep{g: int32(r.main.id), wokenBy: -1})
	for i := range events {
		f.event(r, &f.steps[0], &events[i])
	}
	f.steps, f.uses = f.steps[:0], f.uses[:0]
}

func (f *footsteps) add(u use) { f.uses = append(f.uses, u) }

// own adds what the step's first operation uses where its events do not say so.
func (f *footsteps) own(r *run, s *footstep, events []event) {
	if s.woken && s.op == opWaitGroupWait && f.registers { // looks whether the group has been used again
		if index, known := r.objects.find(s.on); known {
			f.add(use{object: f.names.object(index), kind: useRead})
		}
	}
	if s.on == nil || s.woken {
		return
	}
	switch s.op {
	case opRead:
		f.add(use{object: f.names.place(s.on, s.size), kind: useRead})
	case opWrite:
		f.add(use{object: f.names.place(s.on, s.size), kind: useWrite})
	case opAtomic:
		const largest = 8
		kind := useWrite
		if _, variable := r.shared.find(s.on); variable && len(events) > 0 {
			// The step begins with it; packages that are not the test's may do others in the same step.
			if e := &events[0]; operation(e.head&0xff) == opAtomic && e.site == s.site && e.argument == atomicLoad {
				kind = useRead
			}
		}
		f.add(use{object: f.names.place(s.on, largest), kind: kind})
	case opCondWait:
		if index, known := r.objects.find(s.on); known {
			f.add(use{object: f.names.object(index), kind: useWrite})
		}
	}
}

// event adds what an event says about the use of its object.
func (f *footsteps) event(r *run, s *footstep, e *event) {
	o, p := operation(e.head&0xff), phase(e.head>>8&0xff)
	switch o {
	case opRead, opWrite: // those that matter begin a step
		return
	case opPanic, opExit:
		s.fatal = true
		f.add(use{object: anything, kind: useWrite})
		return
	case opClock:
		f.timed, f.passed = true, true
		return
	case opFire, opSleep, opTimer:
		f.timed = true
	case opYield:
		if e.argument == collects { // what it finds depends on who has let go of something
			f.add(use{object: anything, kind: useWrite})
		}
	case opChildWait, opParallel:
		if p == phaseWake && e.partner != none {
			s.ended = append(s.ended, r.stepWith(e.partner))
		}
		return
	}
	if e.object == none || o == opAtomic && e.site&internalSite == 0 {
		return
	}
	name := f.names.object(e.object)
	switch r.records[e.object].kind {
	case kindMutex, kindRWMutex:
		f.add(use{object: name, kind: f.lockUse(r, s, e, o, p)})
		switch unlocks := o == opUnlock || o == opRUnlock; {
		case unlocks && s.op != o:
			f.names.trials[name] |= unlocksUnseen
		case !unlocks && (p == phaseRefused || e.argument == byTry):
			f.names.trials[name] |= tries
		}
		f.blind = f.blind || f.names.trials[name] == tries|unlocksUnseen
	case kindWaitGroup:
		f.group(name, o, p, e.argument)
	case kindOnce:
		f.once(name, o, p, int32(e.goroutine))
	case kindCond:
		if o != opCondWait {
			f.add(use{object: name, kind: useWrite})
		}
	default:
		f.channel(r, name, e, o, p)
	}
}

// lockUse tells a writer of an RWMutex that waits for readers to leave, and keeps new ones out meanwhile, from one
// that waits for its turn to do so.
func (f *footsteps) lockUse(r *run, s *footstep, e *event, o operation, p phase) useKind {
	if p == phaseRefused {
		return useRead
	}
	if p == phaseBlock {
		if rw := r.rwlocks.get(s.on); rw != nil && o == opLock && rw.owner != nil && rw.owner.id == int(e.goroutine) {
			return useAcquire
		}
		return useQueue
	}
	switch o {
	case opUnlock:
		return useRelease
	case opRLock:
		return useShare
	case opRUnlock:
		return useUnshare
	default:
		return useAcquire
	}
}

func (f *footsteps) group(name int32, o operation, p phase, delta int32) {
	count := &f.names.counts[name]
	switch {
	case f.registers:
		f.add(use{object: name, kind: useWrite})
	case o == opWaitGroupAdd:
		f.add(use{object: name, kind: useAdd, delta: delta, count: *count})
		*count += delta
	case p == phaseBlock:
		f.add(use{object: name, kind: useAttempt, count: *count})
	case p == phaseDone:
		f.add(use{object: name, kind: useWait, count: *count})
	}
}

func (f *footsteps) once(name int32, o operation, p phase, g int32) {
	runner := &f.names.runners[name]
	switch {
	case p == phaseBlock:
		f.add(use{object: name, kind: useAttempt})
	case o == opOnceBegin:
		*runner = g
		f.add(use{object: name, kind: useAcquire})
	case *runner == g:
		*runner = 0
		f.add(use{object: name, kind: useRelease})
	default:
		f.add(use{object: name, kind: useShare})
	}
}

// stepWith is the step that wrote an event; -1: it came before the first.
func (r *run) stepWith(event uint32) int32 {
	at := int32(len(r.steps)) - 1
	for at >= 0 && uint32(r.steps[at].events) > event {
		at--
	}
	return at
}
