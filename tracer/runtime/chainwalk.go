package lockstep

// chainWalk forces one chain: who comes to an operation of it too early is held back, the one whose turn it is goes on.
// Before it, the choices of an earlier run may be made again; after it, the walk is random.
type chainWalk struct {
	randomWalk
	know   *relations
	chain  []int32
	at     int // of the operation that is due
	given  bool
	before *lesson
	ahead  int // choices of before that are made again
	step   int
	times  table[uint64, uint32] // operations begun, by place
	tries  int
}

const (
	mostForced  = 1 << 11 // choices until the chain has come about
	directShare = 0.75    // of the choices are for the goroutine whose operation is due
	beginsAlike = 0.5     // of the runs begin like the one that the chain comes from
)

func newChainWalk(r *run, know *relations, chain []int32, from *lesson) *chainWalk {
	w := &chainWalk{randomWalk: *newRandomWalk(r), know: know, chain: chain, before: from}
	if r.rng.Float64() < beginsAlike {
		w.ahead = from.ahead(chain)
	}
	return w
}

// done: the chain has come about entirely.
func (w *chainWalk) done() bool { return w.at == len(w.chain) }

func (w *chainWalk) next(r *run, prev *routine, options []*routine) *routine {
	next := w.pick(r, prev, options)
	if next == nil {
		return nil
	}
	if w.done() || w.given {
		return next
	}
	o := beginning(next)
	if chained(o.Op) {
		times := w.times.place(o.place())
		*times++
		o.Nth = *times
		if o == w.know.Operations[w.chain[w.at]] {
			w.at++
		}
	}
	return next
}

// beginning is what a goroutine is about to do, without how often it has done that.
func beginning(g *routine) chainOperation {
	return chainOperation{Who: g.key, Op: g.pending, Site: g.pendingSite, Again: g.pendingAgain}
}

func (w *chainWalk) pick(r *run, prev *routine, options []*routine) *routine {
	if w.done() || w.given {
		return w.randomWalk.next(r, prev, options)
	}
	if w.step < w.ahead {
		if g := w.alike(options); g != nil {
			w.step++
			return g
		}
		w.ahead = w.step // another course: from here on without it
	}
	if w.tries++; w.tries > mostForced {
		w.given = true
		return w.randomWalk.next(r, prev, options)
	}
	due := &w.know.Operations[w.chain[w.at]]
	free := make([]*routine, 0, len(options))
	for _, g := range options {
		if !w.held(g) {
			free = append(free, g)
			if g.key == due.Who && r.rng.Float64() < directShare {
				return g
			}
		}
	}
	if len(free) == 0 { // it cannot come about
		w.given = true
		free = options
	}
	if prev != nil && w.given {
		return w.randomWalk.next(r, prev, options)
	}
	if prev != nil && w.held(prev) {
		prev = nil
	}
	return w.randomWalk.next(r, prev, free)
}

// alike is who had the turn in the earlier run.
func (w *chainWalk) alike(options []*routine) *routine {
	path := w.before.Whose[w.before.Steps[w.step]]
	for _, g := range options {
		if g.path == path {
			return g
		}
	}
	return nil
}

// held: g has come to an operation of the chain that is not due yet.
func (w *chainWalk) held(g *routine) bool {
	o := beginning(g)
	o.Nth = w.times.get(o.place()) + 1
	for _, later := range w.chain[w.at+1:] {
		if o == w.know.Operations[later] {
			return true
		}
	}
	return false
}

func (w *chainWalk) kase(r *run, g *routine, ready []int) int {
	if w.step > 0 && w.step <= w.ahead && !w.given {
		if kase := w.before.Cases[w.step-1]; kase >= 0 && oneOf(ready, int(kase)) {
			return int(kase)
		}
	}
	return w.randomWalk.kase(r, g, ready)
}
