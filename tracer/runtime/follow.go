package lockstep

// follow takes operations in an order that an analysis says is possible, and checks nothing else: who waits in the run
// that the order was made from need not wait in this one. When it is through, or has lost its way, whoever has the turn
// keeps it.
type follow struct {
	order []step
	at    int
	jumps int
	// Turns of goroutines that the order says nothing about.
	detours int
}

// mostJumps bounds how often time may pass for those that are to go on, and others may have a turn.
const mostJumps = 1 << 8

func (f *follow) next(r *run, prev *routine, options []*routine) *routine {
	for f.at < len(f.order) && f.order[f.at].Again && !r.waitsFor(&f.order[f.at]) {
		f.advance(r)
	}
	if f.at == len(f.order) {
		return stay(prev, options)
	}
	r.divergedAt = f.at
	want := &f.order[f.at]
	for _, g := range options {
		if g.path != want.G {
			continue
		}
		if g.pendingAgain == want.Again && g.isAt(want) {
			f.advance(r)
		}
		return g
	}
	// It waits for what was begun, and comes to its end with the turn after that; or for time.
	for _, g := range options {
		if g.pendingAgain {
			return g
		}
	}
	// What it waits for may come of somebody the order says nothing about: of whoever a timer has started, say.
	if want.Again && f.detours < mostJumps {
		for _, g := range options {
			if !f.isExpected(g.path) {
				f.detours++
				return g
			}
		}
	}
	if f.jumps < mostJumps && r.clock.pending() {
		f.jumps++
		return nil
	}
	return stay(prev, options)
}

// isExpected says whether the rest of the order has a turn for the goroutine.
func (f *follow) isExpected(path string) bool {
	for i := f.at; i < len(f.order); i++ {
		if f.order[i].G == path {
			return true
		}
	}
	return false
}

func (f *follow) advance(r *run) {
	if f.at++; f.at == len(f.order) {
		r.divergedAt = -1
	}
}

func (g *routine) isAt(want *step) bool {
	return operationNames[g.pending] == want.Op && (g.pendingSite == want.Site || want.Site == 0)
}

// waitsFor says whether the goroutine is still to go on with what it had to wait for.
func (r *run) waitsFor(want *step) bool {
	for _, g := range r.routines[1:] {
		if g.path == want.G {
			return g.status != statusDone && g.pendingAgain && g.isAt(want)
		}
	}
	return false
}

// kase takes the case that the order names.
func (f *follow) kase(_ *run, _ *routine, ready []int) int {
	if f.at > 0 {
		if want := f.order[f.at-1].Case; want != nil && oneOf(ready, *want) {
			return *want
		}
	}
	return ready[0]
}
