package lockstep

import (
	"encoding/json"
	"fmt"
)

// surw is the strategy "surw": Zhao, Wolff, Mathur, Roychoudhury, Selectively Uniform Concurrency Testing, ASPLOS 2025,
// section 3 (Algorithms 1 and 2). Each run takes the operations on one thing that goroutines share for those that
// matter, and walks so that every order of these is as likely as any other: who does the next of them is chosen by how
// many each goroutine, with those that it will start, has still to do; meanwhile the others do what does not matter. In
// some runs all operations matter. How many there are is learned from earlier runs.
type surw struct {
	groups [][]uint32 // sites of the operations on one thing
	known  table[uint64, struct{}]
	sums   []siteSum
	at     table[uint64, int] // index in sums, by goroutine and site
	runs   int                // that the sums are over
	seen   int                // runs that it could learn from
	early  bool               // it is to find what it can in its first runs, see firstWhole
}

// siteSum counts the scheduling points of a goroutine at a site.
type siteSum struct {
	Routine uint64 `json:"routine"` // routine.key
	Parent  uint64 `json:"parent"`
	Site    uint32 `json:"site"`
	Times   int    `json:"times"`
}

// Bounds on what is kept, and how often it is looked for.
const (
	mostGroups     = 256
	mostSums       = 1 << 12
	closelyLearned = 32 // runs; of those after them every so many only
	learnEvery     = 16
	wholeShare     = 4 // of the runs, in which all operations matter
)

// Where a bug has to be found in few runs, all operations matter in the first runs and in every second one: what these
// show, one thing alone shows only when it is the one that the bug is about.
const (
	firstWhole      = 4
	earlyWholeShare = 2
)

func (p *surw) plan(r *run) strategy {
	if p.runs == 0 {
		return newRandomWalk(r)
	}
	s := &selective{}
	if r.turn%earlyShare == earlyShare-1 {
		s.early = earlyRate
	}
	if len(p.groups) > 0 && !p.whole(r.turn) {
		s.matters = newSiteSet(p.groups[r.rng.IntN(len(p.groups))])
	}
	p.weigh(s)
	return s
}

// whole: all operations matter in the run with that number.
func (p *surw) whole(turn int) bool {
	if p.early {
		return turn < firstWhole || turn%earlyWholeShare == 0
	}
	return turn%wholeShare == 0
}

// weigh gives goroutines their weights.
func (p *surw) weigh(s *selective) {
	parents := table[uint64, uint64]{}
	for _, sum := range p.sums {
		parents.put(sum.Routine, sum.Parent)
	}
	for _, sum := range p.sums {
		if !s.matter(sum.Site) {
			continue
		}
		weight := float64(sum.Times) / float64(p.runs)
		for key, known := sum.Routine, true; known; key, known = parents.find(key) {
			*s.weights.place(key) += weight
		}
	}
}

func (p *surw) ended(r *run) { p.learn(r) }

// learn counts what a run of any strategy has done.
func (p *surw) learn(r *run) {
	if p.seen++; p.seen > closelyLearned && p.seen%learnEvery != 0 {
		return
	}
	p.runs++
	for _, s := range r.steps {
		if s.g != 0 {
			p.add(siteSum{r.routines[s.g].key, r.routines[s.g].parent, s.site, 1})
		}
	}
	p.group(r)
}

func (p *surw) add(sum siteSum) {
	key := mix(sum.Routine, uint64(sum.Site))
	if at, known := p.at.find(key); known {
		p.sums[at].Times += sum.Times
	} else if len(p.sums) < mostSums {
		p.at.put(key, len(p.sums))
		p.sums = append(p.sums, sum)
	}
}

// group learns which sites are about one thing that several goroutines use.
func (p *surw) group(r *run) {
	groups := make([][]uint32, len(r.records))
	users := make([]uint32, len(r.records)) // the only one, or none when there are several
	for i := range r.events {
		e := &r.events[i]
		if e.object == none || e.site == none || e.site&internalSite != 0 {
			continue
		}
		switch users[e.object] {
		case 0:
			users[e.object] = e.goroutine
		case e.goroutine:
		default:
			users[e.object] = none
		}
		if !oneOf(groups[e.object], e.site) && len(groups[e.object]) < mostGroups {
			groups[e.object] = append(groups[e.object], e.site)
		}
	}
	for object, group := range groups {
		if users[object] == none {
			p.addGroup(group)
		}
	}
}

func (p *surw) addGroup(sites []uint32) {
	key := uint64(len(sites))
	for _, site := range sites {
		key += mix(0, uint64(site)) // in whatever order
	}
	if _, known := p.known.find(key); !known && len(p.groups) < mostGroups {
		p.known.put(key, struct{}{})
		p.groups = append(p.groups, sites)
	}
}

func (p *surw) exhausted() bool { return false }

type surwState struct {
	Groups [][]uint32 `json:"groups"`
	Sums   []siteSum  `json:"sums"`
	Runs   int        `json:"runs"`
	Seen   int        `json:"seen"`
}

func (p *surw) state() any { return surwState{p.groups, p.sums, p.runs, p.seen} }

func (p *surw) resume(text []byte) error {
	var s surwState
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("what surw has learned: %w", err)
	}
	p.runs, p.seen = s.Runs, s.Seen
	for _, sum := range s.Sums {
		p.add(sum)
	}
	for _, group := range s.Groups {
		p.addGroup(group)
	}
	return nil
}

// selective is one run of surw.
type selective struct {
	matters  *siteSet               // nil: everything
	weights  table[uint64, float64] // by routine.key: what it, and whom it starts, has to do that matters
	left     []float64              // of that, by index of goroutine
	early    float64
	intended *routine // does the next operation that matters
	waited   int      // choices since it was chosen
	open     []*routine
}

// leastWeight is that of goroutines that have done more than was expected of them.
const leastWeight = 0.1

func (s *selective) matter(site uint32) bool { return s.matters == nil || s.matters.has(site) }

func (s *selective) next(r *run, _ *routine, options []*routine) *routine {
	s.meet(r)
	if s.early > 0 && r.clock.pending() && r.rng.Float64() < s.early {
		return nil
	}
	// Who does not come to it for long may spin until another one has done something that matters.
	if s.waited++; s.intended == nil || s.intended.status != statusRunnable || s.waited >= longestStretch {
		s.intended, s.waited = s.intend(r, options), 0
	}
	s.open = s.open[:0]
	for _, g := range options {
		if g == s.intended || !s.matter(g.pendingSite) {
			s.open = append(s.open, g)
		}
	}
	g := s.open[r.rng.IntN(len(s.open))]
	if s.matter(g.pendingSite) {
		s.left[g.id]--
		s.intended = nil
	}
	return g
}

// meet gives new goroutines their weight, which they take from those that have started them.
func (s *selective) meet(r *run) {
	for at := len(s.left); at < len(r.routines); at++ {
		g := r.routines[at]
		weight, known := s.weights.find(g.key)
		if !known {
			weight = 1
		} else {
			for above := at - 1; above > 0; above-- {
				if r.routines[above].key == g.parent {
					s.left[above] -= weight
					break
				}
			}
		}
		s.left = append(s.left, weight)
	}
}

func (s *selective) intend(r *run, options []*routine) *routine {
	total := 0.0
	for _, g := range options {
		total += max(s.left[g.id], leastWeight)
	}
	at := r.rng.Float64() * total
	for _, g := range options {
		if at -= max(s.left[g.id], leastWeight); at < 0 {
			return g
		}
	}
	return options[len(options)-1]
}

func (s *selective) kase(r *run, _ *routine, ready []int) int { return ready[r.rng.IntN(len(ready))] }
