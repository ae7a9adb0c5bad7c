package lockstep

import (
	"strings"
	"time"
)

// Outsiders are goroutines that are none of the run's: a server's of net/http, say. What they bring about takes no virtual
// time, so that a timeout must not come while one of them is at work.

// mostOutsideLooks bounds what a run pays for that: each look stops the world, and follows settleTime.
const mostOutsideLooks = 500

// outsidePatience: so many times the usual limit they may be at work before the run is judged as if they were not.
const outsidePatience = 10

// waitsForOutsiders: there are some, and time must not pass before the monitor has looked at them.
func (r *run) waitsForOutsiders(leaving *routine) bool {
	return r.main.status != statusDraining && r.outsideLooks < mostOutsideLooks && r.clock.pending() && r.mayMoveByItself(leaving)
}

// outsidersRest: none of them has been at work for so long that they may never do anything; or they are at it without end.
// waited is how long nothing of the run can move.
func (r *run) outsidersRest(waited, limit time.Duration) bool {
	awake := r.process.monitor.awake
	most := limit * outsidePatience
	if r.main.status == statusDraining {
		most = limit
	}
	if waited < most && r.outsidersCompute() {
		r.busyOutside = awake
	}
	return awake-max(r.idleSince, r.busyOutside) >= limit/backgroundShare
}

// outsidersCompute is asked while all goroutines of the run are parked: who runs or could run is an outsider.
func (r *run) outsidersCompute() bool {
	awake := r.process.monitor.awake
	if r.lookedOutside != 0 && awake-r.lookedOutside < settleTime {
		return r.outsideBusy
	}
	r.lookedOutside = awake
	if r.clock.pending() {
		r.outsideLooks++
	}
	r.outsideBusy = false
	for n, stack := range strings.Split(allStacks(), "\n\n") {
		_, state, _ := strings.Cut(stack, "[")
		if n == 0 { // our own
			continue
		}
		works := strings.HasPrefix(state, "running") || strings.HasPrefix(state, "runnable")
		if works || strings.Contains(stack, "os.(*Process).wait") { // a child process works for it
			r.outsideBusy = true
		}
	}
	return r.outsideBusy
}
