package lockstep

// pos is one run of the strategy "pos": Yuan, Yang, Gu, Partial Order Aware Concurrency Sampling, CAV 2018, Algorithm 2.
// Each operation gets a random priority when it becomes the next of its goroutine, and gets a new one when an operation that
// it races with is done before it; the highest goes on. Orders of operations that have nothing to do with each other are
// thus not sampled again and again.
type pos struct {
	of        []float64 // by index of goroutine
	step      []int     // steps of the goroutine when it got that; -1: it needs a new one
	withClock bool
	last      *routine
	stretch   int
}

func newPos(r *run) strategy { return &pos{withClock: r.turn%earlyShare == earlyShare-1} }

func (s *pos) next(r *run, _ *routine, options []*routine) *routine {
	for len(s.of) < len(r.routines) {
		s.of, s.step = append(s.of, 0), append(s.step, -1)
	}
	var best *routine
	for _, g := range options {
		if s.step[g.id] != g.steps {
			s.draw(r, g)
		}
		if best == nil || s.of[g.id] > s.of[best.id] {
			best = g
		}
	}
	if s.withClock && r.clock.pending() {
		clock := r.routines[0]
		if s.step[0] != clock.steps {
			s.draw(r, clock)
		}
		if s.of[0] > s.of[best.id] {
			return nil
		}
	}
	if best != s.last {
		s.last, s.stretch = best, 0
	}
	if s.stretch++; s.stretch >= longestStretch { // who spins waits for somebody who has to move
		s.last = nil
		for at := range s.step {
			s.step[at] = -1
		}
		return options[r.rng.IntN(len(options))]
	}
	for _, g := range options {
		if g != best && racing(best, g) {
			s.step[g.id] = -1
		}
	}
	return best
}

func (s *pos) draw(r *run, g *routine) {
	s.of[g.id], s.step[g.id] = r.rng.Float64(), g.steps
	if g.pending == opYield {
		s.of[g.id] /= 16 // it wants others to go on
	}
}

func (s *pos) kase(r *run, _ *routine, ready []int) int { return ready[r.rng.IntN(len(ready))] }

// racing: it matters which of the two goes on first.
func racing(a, b *routine) bool {
	if a.pendingOn == nil || b.pendingOn == nil { // a select is about several channels
		return a.pending == opSelect && communicates(b.pending) || b.pending == opSelect && communicates(a.pending)
	}
	return a.pendingOn == b.pendingOn && !(readOnly(a.pending) && readOnly(b.pending))
}

func communicates(o operation) bool {
	return o == opSend || o == opReceive || o == opClose || o == opSelect
}

func readOnly(o operation) bool { return o == opRead || o == opRLock || o == opLength }
