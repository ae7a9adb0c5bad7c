package lockstep

import "strings"

// Outsiders are goroutines that are none of the run's: a server's of net/http, say. What they bring about takes no virtual
// time, so that a timeout must not come while one of them is at work.

// mostOutsideLooks bounds what a run pays for that: each look stops the world, and follows settleTime.
const mostOutsideLooks = 500

// waitsForOutsiders: there are some, and time must not pass before the monitor has looked at them.
func (r *run) waitsForOutsiders(leaving *routine) bool {
	return r.main.status != statusDraining && r.outsideLooks < mostOutsideLooks && r.clock.pending() && r.mayMoveByItself(leaving)
}

// outsidersCompute is asked while all goroutines of the run are parked: who runs or could run is an outsider.
func (r *run) outsidersCompute() bool {
	awake := r.process.monitor.awake
	if r.lookedOutside != 0 && awake-r.lookedOutside < settleTime {
		return r.outsideBusy
	}
	r.lookedOutside = awake
	r.outsideLooks++
	r.outsideBusy = false
	for n, stack := range strings.Split(allStacks(), "\n\n") {
		_, state, _ := strings.Cut(stack, "[")
		if n > 0 && (strings.HasPrefix(state, "running") || strings.HasPrefix(state, "runnable")) { // the first is our own
			r.outsideBusy = true
		}
	}
	return r.outsideBusy
}
