package lockstep

import "fmt"

// replay follows a schedule and checks every step. What it says names places as `(site 12)`: the engine knows where
// they are. A step without an operation is whatever the goroutine is about to do; behind the last step whoever has the
// turn keeps it while it can.
type replay struct {
	steps []step
	at    int
}

func (s *replay) next(r *run, prev *routine, options []*routine) *routine {
	if s.at >= len(s.steps) {
		s.at = len(s.steps) + 1 // the case of the last step concerns no select behind it
		return stay(prev, options)
	}
	want := s.steps[s.at]
	if want.G == "0" {
		if !r.clock.pending() {
			return s.differ(r, "time was to pass, but no timer is set", options)
		}
		s.at++
		return nil
	}
	for _, g := range r.routines[1:] {
		if g.path != want.G {
			continue
		}
		if g.status != statusRunnable {
			return s.differ(r, expectation(want)+", but "+whyNot(g), options)
		}
		if (want.Op != "" && operationNames[g.pending] != want.Op) || (g.pendingSite != want.Site && want.Site != 0) {
			return s.differ(r, expectation(want)+", but is about to "+naming(operationNames[g.pending], g.pendingSite), options)
		}
		s.at++
		return g
	}
	return s.differ(r, expectation(want)+", but there is no such goroutine", options)
}

func expectation(want step) string {
	return "goroutine " + want.G + " was to " + naming(want.Op, want.Site)
}

// naming gives `do "lock" (site 12)`.
func naming(operation string, site uint32) string {
	if site == 0 || site == none {
		return fmt.Sprintf("do %q", operation)
	}
	return fmt.Sprintf("do %q", operation) + theProcess.config.place(site)
}

// whyNot says what keeps a goroutine from going on.
func whyNot(g *routine) string {
	switch g.status {
	case statusBlocked:
		return "waits to " + naming(operationNames[g.waitOp], g.waitSite)
	case statusDone:
		return "has ended"
	case statusForeign:
		return "is in code that is not instrumented"
	default:
		return "cannot go on"
	}
}

func (s *replay) differ(r *run, why string, options []*routine) *routine {
	r.outcome = "diverged"
	r.divergedAt = s.at
	r.message = fmt.Sprintf("step %d differs: %s", s.at+1, why)
	return options[0]
}

func (s *replay) kase(r *run, g *routine, ready []int) int {
	if s.at > 0 && s.at <= len(s.steps) {
		want := s.steps[s.at-1]
		if want.Case == nil {
			return ready[0]
		}
		if oneOf(ready, *want.Case) {
			return *want.Case
		}
		s.at--
		s.differ(r, fmt.Sprintf("%s with case %d, which is not ready", expectation(want), *want.Case), []*routine{g})
		r.process.finish(r)
	}
	return ready[0]
}
