package lockstep

// follow takes operations in an order that an analysis says is possible, and checks nothing else: who waits in the run
// that the order was made from need not wait in this one. When it is through, or has lost its way, whoever has the turn
// keeps it.
type follow struct {
	order []step
	at    int
	jumps int
}

// mostJumps bounds how often time may pass for those that are to go on.
const mostJumps = 1 << 8

func (f *follow) next(r *run, prev *routine, options []*routine) *routine {
	if f.at == len(f.order) {
		return stay(prev, options)
	}
	r.divergedAt = f.at
	want := &f.order[f.at]
	for _, g := range options {
		if g.path != want.G {
			continue
		}
		if !g.pendingAgain && operationNames[g.pending] == want.Op && (g.pendingSite == want.Site || want.Site == 0) {
			if f.at++; f.at == len(f.order) {
				r.divergedAt = -1
			}
		}
		return g
	}
	// It waits for what was begun, and comes to its end with the turn after that; or for time.
	for _, g := range options {
		if g.pendingAgain {
			return g
		}
	}
	if f.jumps < mostJumps && r.clock.pending() {
		f.jumps++
		return nil
	}
	return stay(prev, options)
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
