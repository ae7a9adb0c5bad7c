package lockstep

import "encoding/json"

// pct is the strategy "pct": Burckhardt, Kothari, Musuvathi, Nagarakatte, A Randomized Scheduler with Probabilistic
// Guarantees of Finding Bugs, ASPLOS 2010, section 4. Of n goroutines with a random order of priorities the highest that
// can goes on; at d-1 random choices, of k, it gets a priority below all others. A bug of depth d is met with
// a probability of at least 1/(n·k^(d-1)). Only choices among several are counted, which keeps k small; k is
// what earlier runs have shown, d differs from run to run.
type pct struct {
	length int // choices of a run
}

const deepest = 5

func (p *pct) plan(r *run) strategy {
	s := &priorities{withClock: r.turn/deepest%earlyShare == earlyShare-1}
	for range r.turn % deepest {
		s.changes = append(s.changes, r.rng.IntN(max(p.length, 1)))
	}
	return s
}

func (p *pct) ended(r *run) {
	if s, ours := r.policy.(*priorities); ours {
		p.length = typicalLength(p.length, s.choices)
	}
}

func (p *pct) exhausted() bool          { return false }
func (p *pct) state() any               { return p.length }
func (p *pct) resume(text []byte) error { return json.Unmarshal(text, &p.length) }

// typicalLength follows the longest of the recent runs.
func typicalLength(known, seen int) int { return max(seen, known-known/16) }

// earlyShare of the runs let time pass although somebody could go on.
const earlyShare = 4

// priorities is one run of pct.
type priorities struct {
	changes   []int     // choices at which the first goes to the end
	of        []float64 // by index of goroutine: above 1 at first, between 0 and 1 after a change, below 0 after a demotion
	withClock bool      // virtual time takes part as a goroutine of its own, that goes on by letting time pass
	choices   int
	demotions int
	last      *routine
	stretch   int
}

func (s *priorities) next(r *run, _ *routine, options []*routine) *routine {
	for len(s.of) < len(r.routines) {
		s.of = append(s.of, 1+r.rng.Float64())
	}
	clock := s.withClock && r.clock.pending()
	if len(options) == 1 && !clock {
		return options[0]
	}
	g := s.highest(r, options, clock)
	for at, choice := range s.changes {
		if choice == s.choices {
			s.of[g.id] = float64(at+1) / float64(deepest+1)
			g = s.highest(r, options, clock)
		}
	}
	s.choices++
	// Who yields, or spins, waits for somebody who has to move.
	for range options {
		if g.pending != opYield && (g != s.last || s.stretch < longestStretch) || g.id == 0 {
			break
		}
		s.demote(g)
		s.stretch = 0
		if g = s.highest(r, options, clock); g.pending == opYield && s.of[g.id] < 0 {
			break // all do
		}
	}
	if g != s.last {
		s.last, s.stretch = g, 0
	}
	s.stretch++
	if g.id == 0 {
		s.of[0] = 2 * r.rng.Float64() // a ticker never ends
		return nil
	}
	return g
}

func (s *priorities) demote(g *routine) {
	s.demotions++
	s.of[g.id] = -float64(s.demotions)
}

// highest gives the routine of the clock when time is to pass.
func (s *priorities) highest(r *run, options []*routine, clock bool) *routine {
	best := options[0]
	for _, g := range options[1:] {
		if s.of[g.id] > s.of[best.id] {
			best = g
		}
	}
	if clock && s.of[0] > s.of[best.id] {
		return r.routines[0]
	}
	return best
}

func (s *priorities) kase(r *run, _ *routine, ready []int) int { return ready[r.rng.IntN(len(ready))] }
