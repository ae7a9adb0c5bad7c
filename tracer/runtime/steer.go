package lockstep

import (
	"encoding/json"
	"fmt"
)

// Kinds of targets; protocol/run.ts says what they mean.
const (
	targetLockCycle = "lock-cycle"
	targetRace      = "race"
	targetOrder     = "order"
)

// steering is the strategy "steer": it tries to bring predicted dangers about. Each run has one target, those that were
// met seldom before the others.
type steering struct {
	targets []target
	met     []int // runs in which the target's operations came together, by target
}

func newSteering(c *configuration) *steering {
	return &steering{targets: c.Targets, met: make([]int, len(c.Targets))}
}

func (p *steering) plan(r *run) strategy {
	base := newRandomWalk(r)
	if len(p.targets) == 0 {
		return base
	}
	at := p.choose(&r.rng)
	return &steered{randomWalk: *base, target: p.targets[at], met: &p.met[at], hold: holdRates[r.rng.IntN(len(holdRates))]}
}

// choose draws a target, with a weight that falls with the runs in which it was met.
func (p *steering) choose(rng *random) int {
	total := 0.0
	for _, met := range p.met {
		total += 1 / float64(1+met)
	}
	left := rng.Float64() * total
	for at, met := range p.met {
		if left -= 1 / float64(1+met); left < 0 {
			return at
		}
	}
	return len(p.met) - 1
}

func (p *steering) ended(*run)      {}
func (p *steering) exhausted() bool { return false }
func (p *steering) state() any      { return p.met }

func (p *steering) resume(text []byte) error {
	var met []int
	if err := json.Unmarshal(text, &met); err != nil {
		return fmt.Errorf("what steer has learned: %w", err)
	}
	copy(p.met, met) // targets are only ever added
	return nil
}

// steered holds goroutines back that are about to do an operation of the target, until the others are there, too; then
// they go on one after the other, in any order. This is active testing: Sen, Race Directed Random Testing of Concurrent
// Programs, PLDI 2008, Algorithm 1, and Joshi, Park, Sen, Naik, A Randomized Dynamic Program Analysis Technique for
// Detecting Real Deadlocks, PLDI 2009, Algorithm 4. Who is not held back takes a random walk.
type steered struct {
	randomWalk
	target   target
	met      *int
	counted  bool
	hold     float64 // probability of holding back who comes
	held     []arrival
	let      []arrival // may pass, although they are at a site of the target
	released []*routine
	reached  int // of an order: the operations that were done
	free     []*routine
}

// arrival is a goroutine before one of its operations.
type arrival struct {
	g    *routine
	step int // g.steps before it
	left int // choices until it is let go
}

// The first who comes is not always the one that matters.
var holdRates = [...]float64{1, 1, 0.7, 0.4}

// longestHold bounds the choices that one goroutine is held back for.
const longestHold = 2 * longestStretch

func (s *steered) next(r *run, prev *routine, options []*routine) *routine {
	if g := s.nextReleased(); g != nil {
		return g
	}
	s.arrivals(r, options)
	if s.meet() {
		if !s.counted {
			s.counted = true
			*s.met++
		}
		s.shuffle(&r.rng)
		if g := s.nextReleased(); g != nil {
			return g
		}
	}
	s.free = s.free[:0]
	for _, g := range options {
		if find(s.held, g) < 0 {
			s.free = append(s.free, g)
		}
	}
	if len(s.free) == 0 {
		// Who has still to come may sleep; else one has to go on, as nobody else can (thrashing).
		if r.clock.pending() && r.rng.IntN(2) == 0 {
			return nil
		}
		at := r.rng.IntN(len(s.held))
		g := s.held[at].g
		s.pass(at)
		return g
	}
	if prev != nil && find(s.held, prev) >= 0 {
		prev = nil
	}
	g := s.randomWalk.next(r, prev, s.free)
	if g != nil {
		s.advance(g)
	}
	return g
}

// nextReleased gives the next of those that have met, while there is one that can go on.
func (s *steered) nextReleased() *routine {
	for len(s.released) > 0 {
		g := s.released[0]
		s.released = s.released[1:]
		if g.status == statusRunnable {
			return g
		}
	}
	return nil
}

// arrivals decides about those that have come to the target, and lets those go that were held long enough.
func (s *steered) arrivals(r *run, options []*routine) {
	for at := 0; at < len(s.held); {
		a := &s.held[at]
		a.left--
		switch {
		case a.g.status != statusRunnable || a.g.steps != a.step: // moved by itself: code that is not instrumented
			s.held = append(s.held[:at], s.held[at+1:]...)
		case a.left <= 0 || s.target.Kind == targetOrder && !s.early(a.g):
			s.pass(at)
		default:
			at++
		}
	}
	for _, g := range options {
		if !s.wanted(g) || find(s.held, g) >= 0 || s.passes(g) {
			continue
		}
		a := arrival{g, g.steps, longestHold}
		if r.rng.Float64() < s.hold {
			s.held = append(s.held, a)
		} else {
			s.let = append(s.let, a)
		}
	}
}

// wanted: the next operation of g is one of the target's that g has to wait for others with.
func (s *steered) wanted(g *routine) bool {
	if !oneOf(s.target.Sites, g.pendingSite) {
		return false
	}
	return s.target.Kind != targetOrder || s.early(g)
}

// early: an operation before that of g in the order has still to be done.
func (s *steered) early(g *routine) bool {
	return s.reached < len(s.target.Sites) && oneOf(s.target.Sites[s.reached+1:], g.pendingSite) &&
		g.pendingSite != s.target.Sites[s.reached]
}

// advance notes that g does its operation: the next of the order, perhaps.
func (s *steered) advance(g *routine) {
	if s.target.Kind != targetOrder || s.reached >= len(s.target.Sites) || g.pendingSite != s.target.Sites[s.reached] {
		return
	}
	if s.reached++; s.reached == len(s.target.Sites) {
		if !s.counted {
			s.counted = true
			*s.met++
		}
		s.reached = 0
	}
}

// pass lets the held one at that index go.
func (s *steered) pass(at int) {
	s.let = append(s.let, s.held[at])
	s.held = append(s.held[:at], s.held[at+1:]...)
}

// passes: g has been let go at this operation.
func (s *steered) passes(g *routine) bool {
	at := find(s.let, g)
	if at < 0 {
		return false
	}
	if s.let[at].step == g.steps {
		return true
	}
	s.let = append(s.let[:at], s.let[at+1:]...)
	return false
}

func find(arrivals []arrival, g *routine) int {
	for at := range arrivals {
		if arrivals[at].g == g {
			return at
		}
	}
	return -1
}

// meet moves to released, when there is somebody held for each site of the target: of a race on the same thing, of a
// lock cycle each on another.
func (s *steered) meet() bool {
	if s.target.Kind == targetOrder || len(s.held) < len(s.target.Sites) {
		return false
	}
	for first := range s.held {
		met := s.released[:0]
		for _, site := range s.target.Sites {
			for offset := range s.held {
				if g := s.held[(first+offset)%len(s.held)].g; g.pendingSite == site && s.fits(met, g) {
					met = append(met, g)
					break
				}
			}
		}
		if len(met) == len(s.target.Sites) {
			for _, g := range met {
				at := find(s.held, g)
				s.held = append(s.held[:at], s.held[at+1:]...)
			}
			s.released = met
			return true
		}
		s.released = met[:0]
	}
	return false
}

// fits: g can be one more of those that meet.
func (s *steered) fits(met []*routine, g *routine) bool {
	for _, other := range met {
		if other == g {
			return false
		}
		if other.pendingOn != nil && g.pendingOn != nil && (other.pendingOn == g.pendingOn) != (s.target.Kind == targetRace) {
			return false
		}
	}
	return true
}

func (s *steered) shuffle(rng *random) {
	for at := len(s.released) - 1; at > 0; at-- {
		other := rng.IntN(at + 1)
		s.released[at], s.released[other] = s.released[other], s.released[at]
	}
}
