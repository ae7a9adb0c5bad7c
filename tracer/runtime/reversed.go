package lockstep

import "unsafe"

// reversed is one run of reversal: like another one but for one change, or, with nothing to go by, goroutines that go on
// until they block.
type reversed struct {
	from   *lesson
	change pair
	depth  int
	salt   uint64 // whose turn it is when one blocks: 0: in the order in which they began

	at      int     // of the next step to be done again
	passed  []int32 // steps that could not be done when they were due, or were not to
	held    int32   // index in from.Whose of who is held back; -1: nobody
	step    int32   // that is done again now; -1: none
	early   bool    // time has passed
	stretch int
	last    *routine
	notes   []stepNote // by step
	aged    int        // so many of them keep nothing alive
	choices []caseNote
}

// stepNote is what a step began with.
type stepNote struct {
	op    operation
	what  int8 // an atomic operation does
	again bool
	clock bool // time could pass
	on    unsafe.Pointer
	was   agedPlace // what on was, before a collection
}

// agedPlace is an address that keeps nothing alive.
type agedPlace struct {
	address    uintptr
	generation generation
}

// letGo is what a strategy does whose runs know objects by address, see collect.
func (w *reversed) letGo() (back func() bool) {
	for i := w.aged; i < len(w.notes); i++ {
		if n := &w.notes[i]; n.on != nil {
			n.was, n.on = agedPlace{uintptr(n.on), generationOf(n.on)}, nil
		}
	}
	w.aged = len(w.notes)
	return func() bool { return false }
}

// several: it is about more than one object, or none.
func (n *stepNote) several() bool { return n.on == nil && n.was.address == 0 }

// caseNote is a choice between cases of a select.
type caseNote struct {
	step  int
	ready []int
	taken int
}

func (w *reversed) next(r *run, prev *routine, options []*routine) *routine {
	g := w.pick(r, prev, options)
	if g == nil {
		return nil
	}
	if g == w.last {
		w.stretch++
	} else {
		w.last, w.stretch = g, 0
	}
	for len(w.notes) < min(len(r.steps), mostLearned) {
		w.notes = append(w.notes, stepNote{}) // time has passed
	}
	if len(w.notes) < mostLearned {
		w.notes = append(w.notes, stepNote{op: g.pending, what: g.pendingWhat, again: g.pendingAgain, clock: r.clock.pending(), on: g.pendingOn})
	}
	return g
}

func (w *reversed) pick(r *run, prev *routine, options []*routine) *routine {
	w.step = -1
	if w.from == nil {
		return w.ahead(prev, options)
	}
	for n, step := range w.passed {
		if n == lookedForward {
			break
		}
		if g := w.who(step, options); g != nil {
			w.passed = append(w.passed[:n], w.passed[n+1:]...)
			w.step = step
			return g
		}
	}
	for looked := 0; w.at < len(w.from.Steps) && looked < lookedForward; looked++ {
		step := int32(w.at)
		if w.change.Second == timeFirst && step == w.change.First && !w.early && r.clock.pending() {
			w.early = true
			return nil
		}
		w.at++
		if w.change.Second > 0 && step == w.change.First {
			w.held = w.from.Steps[step]
		}
		g := w.who(step, options)
		if w.change.Second > 0 && step == w.change.Second {
			w.held = -1
		}
		if g != nil {
			w.step = step
			return g
		}
		if w.from.Steps[step] != 0 { // time passes by itself
			w.passed = append(w.passed, step)
		}
	}
	w.held = -1 // nothing else can go on
	return w.ahead(prev, options)
}

// who is the goroutine of a step of the other run, if it can go on and may.
func (w *reversed) who(step int32, options []*routine) *routine {
	whose := w.from.Steps[step]
	if whose == w.held {
		return nil
	}
	path := w.from.Whose[whose]
	for _, g := range options {
		if g.path == path {
			return g
		}
	}
	return nil
}

// ahead goes on with the same goroutine while it can and does not wait for others by spinning.
func (w *reversed) ahead(prev *routine, options []*routine) *routine {
	stays := prev != nil && prev.status == statusRunnable
	if stays && prev.pending != opYield && w.stretch < longestStretch {
		return prev
	}
	var best *routine
	for _, g := range options {
		if g == prev && len(options) > 1 {
			continue
		}
		if best == nil || w.rank(g, prev) < w.rank(best, prev) {
			best = g
		}
	}
	return best
}

func (w *reversed) rank(g, prev *routine) uint64 {
	if w.salt != 0 {
		return mix(w.salt, g.key)
	}
	if prev != nil && g.id < prev.id { // around
		return uint64(g.id) + 1<<32
	}
	return uint64(g.id)
}

func (w *reversed) kase(r *run, _ *routine, ready []int) int {
	taken := ready[0]
	if w.from != nil && w.step >= 0 {
		if w.change.Second == 0 && w.step == w.change.First && oneOf(ready, int(w.change.Case)) {
			taken = int(w.change.Case)
		} else if known := w.from.Cases[w.step]; known >= 0 && oneOf(ready, int(known)) {
			taken = int(known)
		}
	}
	if len(w.choices) < mostPairs {
		w.choices = append(w.choices, caseNote{len(r.steps) - 1, append([]int(nil), ready...), taken})
	}
	return taken
}

// conflicts lists pairs of a run that can be reversed and lie behind what was changed in it already: those before it are
// reversed in the run that it comes from.
func conflicts(r *run, w *reversed, l *lesson) (pairs []pair) {
	from := 0
	if w.from != nil {
		from = int(w.change.First)
	}
	seen := 0
	add := func(one pair) {
		one.Places = r.placesOf(one)
		if seen++; len(pairs) < mostPairs {
			pairs = append(pairs, one)
		} else if at := r.rng.IntN(seen); at < mostPairs {
			pairs[at] = one
		}
	}
	for _, choice := range w.choices {
		for _, other := range choice.ready {
			if choice.step >= from && other != choice.taken && choice.step < len(l.Steps) {
				add(pair{First: int32(choice.step), Case: int32(other)})
			}
		}
	}
	if w.aged > 0 {
		w.letGo() // all are known in the same way
	}
	notes := w.notes[:min(len(w.notes), len(l.Steps))]
	for j := from + 1; j < len(notes); j++ {
		if notes[j].clock {
			add(pair{First: int32(j), Second: timeFirst})
		}
		if notes[j].several() && notes[j].op != opSelect || notes[j].again {
			continue
		}
		for i := from; i < j; i++ {
			if l.Steps[i] != l.Steps[j] && notes[i].conflicts(&notes[j]) && !l.forces(i, j) {
				add(pair{First: int32(i), Second: int32(j)})
			}
		}
	}
	return pairs
}

// placesOf is a hash of the operations that a pair is about, in whichever round of a loop and whosever they are.
func (r *run) placesOf(one pair) uint32 {
	hash := mix(uint64(r.steps[one.First].site)<<8|uint64(r.steps[one.First].op), uint64(one.Case))
	if one.Second > 0 {
		hash = mix(hash, uint64(r.steps[one.Second].site)<<8|uint64(r.steps[one.Second].op))
	}
	return uint32(mix(hash, uint64(min(one.Second, 1)+1)))
}

// conflicts: it matters which of two operations comes first.
func (a *stepNote) conflicts(b *stepNote) bool {
	if a.again {
		return false
	}
	if a.several() || b.several() { // a select is about several channels
		return a.op == opSelect && communicates(b.op) || b.op == opSelect && communicates(a.op)
	}
	return a.on == b.on && a.was == b.was && !commuting(a.op, b.op, int32(a.what), int32(b.what))
}
