package lockstep

// strategy makes the choices of one run. options is not empty and ordered by goroutine index; prev had the turn
// (nil when nobody had). A nil result lets virtual time pass although somebody could go on.
type strategy interface {
	next(r *run, prev *routine, options []*routine) *routine
	// kase chooses among the cases of a select that can be taken.
	kase(r *run, g *routine, ready []int) int
}

func (p *process) newStrategy(r *run) strategy {
	switch p.config.Strategy {
	case "replay":
		return &replay{steps: p.config.Steps}
	case "directed":
		return newDirected(p.config)
	default:
		if r.index%roundRobinShare == roundRobinShare-1 {
			return newRoundRobin(r)
		}
		return newRandomWalk(r)
	}
}

func oneOf(list []int, value int) bool {
	for _, v := range list {
		if v == value {
			return true
		}
	}
	return false
}

// repeats: the configured seed is that of one run, which is to happen again.
func (p *process) repeats() bool {
	return p.config.Strategy == "replay" || p.config.Strategy == "directed"
}

// stay goes on with the same goroutine while that is possible, then with the one of lowest index.
func stay(prev *routine, options []*routine) *routine {
	if prev != nil && prev.status == statusRunnable {
		return prev
	}
	return options[0]
}

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

func newRandomWalk(r *run) *randomWalk {
	w := &randomWalk{switching: switchingRates[r.index%len(switchingRates)], longest: longestStretch}
	if w.switching == 0 && r.process.config.MaxSteps > usualSteps {
		w.longest = r.process.config.MaxSteps / drainShare
	}
	if r.index%4 == 3 {
		w.early = 0.1
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

// directed switches only where it is told to.
type directed struct {
	switches map[switchPoint]string
	cases    map[switchPoint]int
}

type switchPoint struct {
	path string
	at   int
}

func newDirected(c *configuration) *directed {
	d := &directed{switches: make(map[switchPoint]string), cases: make(map[switchPoint]int)}
	for _, s := range c.Directive.Switches {
		d.switches[switchPoint{s.From, s.After}] = s.To
	}
	for _, s := range c.Directive.Cases {
		d.cases[switchPoint{s.G, s.At}] = s.Case
	}
	return d
}

func (d *directed) next(r *run, prev *routine, options []*routine) *routine {
	if to, told := d.switches[switchPoint{r.last.path, r.last.steps}]; told {
		if to == "0" && r.clock.pending() {
			return nil
		}
		for _, g := range options {
			if g.path == to {
				return g
			}
		}
	}
	return stay(prev, options)
}

func (d *directed) kase(_ *run, g *routine, ready []int) int {
	if want, told := d.cases[switchPoint{g.path, g.steps - 1}]; told && oneOf(ready, want) {
		return want
	}
	return ready[0]
}
