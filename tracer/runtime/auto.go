package lockstep

import (
	"encoding/json"
	"fmt"
)

// auto is the strategy "auto": a portfolio. Each run is made by one of its arms, drawn with a probability that follows
// what the arm's runs have lately shown that was new, for the steps they took (as adaptive operator selection by
// probability matching: Fialho, Da Costa, Schoenauer, Sebag, Analyzing Bandit-Based Adaptive Operator Selection
// Mechanisms, AMAI 2010, section 2.2), beside what was usual then: in the first runs nearly all is new, whoever makes
// them. Every arm keeps a part of its share: what is new for a while need not be what leads to a bug.
//
// Of a small test dpor gets more at first: it may come to an end with it.
type auto struct {
	arms    []*arm
	running *arm
	deaf    bool // shares stay as they begin
	walks   *arm // random
	whole   *arm // dpor; nil: it does not take part
	all     *dpor
	points  int
	usual   float64 // what is new for a step, lately, whosever
}

type arm struct {
	name  string
	share float64 // of the runs, while nothing is known
	planner
	armState
}

// learner is a planner that learns from the runs of others, too.
type learner interface{ learn(r *run) }

// armState is what an arm has done; new things and steps fade, so that later runs count more.
type armState struct {
	Runs   int     `json:"runs"`
	New    float64 `json:"new"`
	Cost   float64 `json:"cost"`
	Credit float64 `json:"credit"` // runs that it has had less than is due to it
}

// A run of any arm costs so many steps more than it takes, and so much of what an arm has shown remains with each run.
const (
	runCost = 20.0
	fading  = 0.98
	// The same of what was usual, with each run of any arm.
	usualFading = 0.8
)

// What is new counts so much: a pair or a state tells more than one of the many classes.
const (
	pairWorth  = 4.0
	stateWorth = 4.0
	classWorth = 1.0
)

// keptShare is the part of the runs that is not dealt out by what is new.
const keptShare = 0.5

// dpor makes the second run, and every fourth until it has made three, which change what comes last; every third until it
// has made more if the first one had at most so many choices: its runs are much like each other. It keeps its share for so
// many runs, and then less: the tree is large.
const (
	firstRuns    = 3
	firstShare   = 4
	smallTree    = 8
	smallShare   = 3
	smallRuns    = 16
	steadyRuns   = 1_000
	laterDPOR    = 0.02
	initialShare = 0.02
)

func newAuto(c *configuration) *auto {
	p := &auto{deaf: c.lacks(withoutFeedback), points: len(c.Points)}
	add := func(name string, share float64, planner planner) {
		p.arms = append(p.arms, &arm{name: name, share: share, planner: planner, armState: armState{New: runCost, Cost: runCost}})
	}
	add("surw", 0.74, &surw{})
	add("reversal", 0.27, &reversal{})
	add("random", 0.05, unlearning(func(r *run) strategy { return newRandomWalk(r) }))
	p.walks = p.arms[len(p.arms)-1]
	add("pos", 0.02, unlearning(newPos))
	add("bounded", 0.02, newBounded(c, 1))
	add("gopie", 0.02, newGopie(c))
	if len(c.Targets) > 0 && !c.lacks(withoutPrediction) {
		add("steer", 0.1, newSteering(c))
	}
	if !c.lacks(withoutProof) {
		p.all = newDPOR(c)
		add("dpor", initialShare, p.all)
		p.whole = p.arms[len(p.arms)-1]
	}
	// Livelocks show only there, and nothing that is new leads to them.
	add("round-robin", 0.02, unlearning(func(r *run) strategy { return newRoundRobin(r) }))
	return p
}

func (p *auto) plan(r *run) strategy {
	p.running = p.choose(r)
	r.turn = p.running.Runs
	p.running.Runs++
	return p.running.plan(r)
}

// choose draws an arm. The first run is a random walk, since half of the bugs show in one of two; what the others need
// to know comes from the next ones.
func (p *auto) choose(r *run) *arm {
	if p.done() == 0 {
		return p.walks
	}
	if w := p.whole; w != nil && w.share > 0 && w.Runs < smallRuns {
		small := len(p.all.tree.Nodes) <= smallTree && p.done()%smallShare == 1
		if w.Runs == 0 || small || w.Runs < firstRuns && p.done()%firstShare == 1 {
			return w
		}
	}
	shares, rates := 0.0, 0.0
	for _, a := range p.arms {
		shares += a.share
		rates += a.rate()
	}
	var next *arm
	for _, a := range p.arms {
		weight := a.share / shares
		if !p.deaf && rates > 0 {
			weight = keptShare*weight + (1-keptShare)*a.rate()/rates
		}
		if a.Credit += weight; next == nil || a.Credit > next.Credit {
			next = a
		}
	}
	next.Credit--
	return next
}

// done is how many runs all arms have made.
func (p *auto) done() (runs int) {
	for _, a := range p.arms {
		runs += a.Runs
	}
	return runs
}

// rate is what is new for a step, weighed with the share that the arm has anyway.
func (a *arm) rate() float64 { return a.share * a.New / a.Cost }

func (p *auto) ended(r *run) {
	a := p.running
	a.planner.ended(r)
	for _, other := range p.arms {
		if l, can := other.planner.(learner); can && other != a {
			l.learn(r)
		}
	}
	shown := pairWorth*float64(r.novelty.Pairs) + stateWorth*float64(r.novelty.States) + classWorth*float64(r.novelty.Classes)
	p.settle()
	cost := float64(len(r.steps)) + runCost
	if p.usual == 0 {
		p.usual = shown / cost
	}
	if p.usual = usualFading*p.usual + (1-usualFading)*shown/cost; p.usual > 0 {
		shown /= p.usual
	}
	a.New = fading*a.New + shown
	a.Cost = fading*a.Cost + cost
}

// settle gives dpor the share that it deserves now.
func (p *auto) settle() {
	switch {
	case p.whole == nil:
	case p.all.exhausted() || p.all.tree.GaveUp:
		p.whole.share = 0
	case p.whole.Runs >= steadyRuns:
		p.whole.share = laterDPOR
	}
}

// exhausted: all interleavings were explored, and those that differ in when time passes or in what is drawn do not count.
func (p *auto) exhausted() bool {
	if p.whole == nil || !p.all.exhausted() {
		return false
	}
	known := p.progress()
	return known.Incomplete == "" && !known.Timed && !known.Drawn
}

func (p *auto) progress() progress {
	if p.whole == nil {
		return progress{Incomplete: "it was not asked for"}
	}
	return p.all.progress()
}

// runs of each arm.
func (p *auto) runs() map[string]int {
	runs := make(map[string]int, len(p.arms))
	for _, a := range p.arms {
		runs[a.name] = a.Runs
	}
	return runs
}

type autoState[P any] struct {
	Points int                    `json:"points"`
	Usual  float64                `json:"usual"`
	Arms   map[string]savedArm[P] `json:"arms"`
}

type savedArm[P any] struct {
	armState
	Planner P `json:"planner,omitempty"`
}

func (p *auto) state() any {
	state := autoState[any]{p.points, p.usual, make(map[string]savedArm[any], len(p.arms))}
	for _, a := range p.arms {
		state.Arms[a.name] = savedArm[any]{a.armState, a.planner.state()}
	}
	return state
}

func (p *auto) resume(text []byte) error {
	var state autoState[json.RawMessage]
	if err := json.Unmarshal(text, &state); err != nil {
		return fmt.Errorf("what auto has learned: %w", err)
	}
	p.usual = state.Usual
	for _, a := range p.arms { // one may be new: the first targets
		known, met := state.Arms[a.name]
		if a == p.whole && state.Points != p.points {
			continue // there are more interleavings than it knows of
		}
		if met {
			a.armState = known.armState
		}
		if known.Planner == nil {
			continue
		}
		if err := a.planner.resume(known.Planner); err != nil {
			return err
		}
	}
	p.settle()
	return nil
}
