package lockstep

// strategy makes the choices of one run. options is not empty and ordered by goroutine index; prev had the turn
// (nil when nobody had). A nil result lets virtual time pass although somebody could go on.
type strategy interface {
	next(r *run, prev *routine, options []*routine) *routine
	// kase chooses among the cases of a select that can be taken.
	kase(r *run, g *routine, ready []int) int
}

// A planner makes the strategies of the runs of a process, one run after the other, and learns from each. What it has
// learned goes on in the next process of the same worker, as if there had been one.
type planner interface {
	plan(r *run) strategy
	// ended looks at a run that has come to its end: its events and steps are still there.
	ended(r *run)
	// exhausted: there is no run left that it would make.
	exhausted() bool
	// state is what the next process has to know, as JSON; nil: nothing. resume takes it over.
	state() any
	resume(text []byte) error
}

// unlearning is a planner whose runs do not depend on each other.
type unlearning func(r *run) strategy

func (u unlearning) plan(r *run) strategy { return u(r) }
func (unlearning) ended(*run)             {}
func (unlearning) exhausted() bool        { return false }
func (unlearning) state() any             { return nil }
func (unlearning) resume([]byte) error    { return nil }

// A systematic planner explores all interleavings, if it can.
type systematic interface {
	planner
	progress() progress
}

// progress is SystematicProgress in protocol/run.ts.
type progress struct {
	Interleavings int    `json:"interleavings"`
	Redundant     int    `json:"redundant"`
	Timed         bool   `json:"timed"`
	Drawn         bool   `json:"drawn"`
	Promising     bool   `json:"promising"`
	Incomplete    string `json:"incomplete,omitempty"`
}

// newPlanner gives nil for a strategy that is not known.
func newPlanner(c *configuration) planner {
	switch c.Strategy {
	case "replay":
		return unlearning(func(*run) strategy { return &replay{steps: c.Steps} })
	case "directed":
		return unlearning(func(r *run) strategy { return newDirected(c.Directives[r.index-c.First]) })
	case "continue":
		return unlearning(func(*run) strategy { return &continuing{replay: replay{steps: c.Steps}} })
	case "follow":
		return unlearning(func(r *run) strategy {
			if len(c.Orders) > 0 {
				return &follow{order: c.Orders[r.index-c.First]}
			}
			return &follow{order: c.Steps}
		})
	case "random":
		return unlearning(newRandom)
	case "auto":
		return newAuto(c)
	case "pct":
		return &pct{}
	case "pos":
		return unlearning(newPos)
	case "surw":
		return &surw{}
	case "bounded":
		return newBounded(c, 0)
	case "dpor":
		return newDPOR(c)
	case "gopie":
		return newGopie(c)
	case "reversal":
		return &reversal{}
	case "steer":
		return newSteering(c)
	}
	return nil
}

//go:norace
func oneOf[T comparable](list []T, value T) bool {
	for _, v := range list {
		if v == value {
			return true
		}
	}
	return false
}

// repeats: the configured seed is that of one run, which is to happen again, or its beginning.
func (p *process) repeats() bool {
	return oneOf([]string{"replay", "directed", "follow", "continue"}, p.config.Strategy)
}

// stay goes on with the same goroutine while that is possible, then with the one of lowest index. Who yields hands on, to
// the next one in turn: spinning for what others are to do would never end.
func stay(prev *routine, options []*routine) *routine {
	if prev == nil || prev.status != statusRunnable {
		return options[0]
	}
	if prev.pending != opYield {
		return prev
	}
	for _, g := range options {
		if g.id > prev.id {
			return g
		}
	}
	return options[0]
}
