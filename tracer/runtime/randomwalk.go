package lockstep

// randomWalk chooses uniformly, with a rate of switching that differs from run to run: some bugs need many
// preemptions close together, others long undisturbed stretches.
type randomWalk struct {
	switching float64 // probability of choosing anew at a point where the same goroutine could go on
	early     float64 // probability of letting time pass
	stretch   int     // steps since the last choice
	longest   int     // bound on stretch
}

// longestStretch bounds the steps of one goroutine without a choice: who spins waits for somebody who has to move.
const longestStretch = 1 << 10

// usualSteps is the bound on steps of runs that are not expected to be long. Where more are allowed because many are
// needed, one goroutine may have a good part of them to itself once: a loop that long may be what the test is about.
const usualSteps = 100_000

// At rate 0 a goroutine goes on until it blocks, as in most runs without Lockstep.
var switchingRates = [...]float64{1, 0.5, 1, 0.25, 0, 0.1, 0.02}

// earlyRate is the probability, at each choice of a run that lets time pass early, of doing so.
const earlyRate = 0.1

// newRandom is the strategy "random": random walks, with some runs that go round robin.
func newRandom(r *run) strategy {
	if r.turn%roundRobinShare == roundRobinShare-1 {
		return newRoundRobin(r)
	}
	return newRandomWalk(r)
}

func newRandomWalk(r *run) *randomWalk {
	w := &randomWalk{switching: switchingRates[r.turn%len(switchingRates)], longest: longestStretch}
	if w.switching == 0 && r.process.config.MaxSteps > usualSteps {
		w.longest = r.process.config.MaxSteps / drainShare
	}
	if r.turn%earlyShare == earlyShare-1 {
		w.early = earlyRate
	}
	return w
}

func (w *randomWalk) next(r *run, prev *routine, options []*routine) *routine {
	if w.early > 0 && r.clock.pending() && r.rng.Float64() < w.early {
		return nil
	}
	// Who yields wants others to go on.
	stays := w.switching < 1 && prev != nil && prev.status == statusRunnable && prev.pending != opYield
	if stays && w.stretch < w.longest && r.rng.Float64() >= w.switching {
		w.stretch++
		return prev
	}
	if w.stretch >= longestStretch {
		w.longest = longestStretch
	}
	w.stretch = 0
	return options[r.rng.IntN(len(options))]
}

func (w *randomWalk) kase(r *run, _ *routine, ready []int) int { return ready[r.rng.IntN(len(ready))] }
