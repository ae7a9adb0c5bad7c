package lockstep

import (
	"encoding/json"
	"fmt"
)

// surw is the strategy "surw": Zhao, Wolff, Mathur, Roychoudhury, Selectively Uniform Concurrency Testing, ASPLOS 2025,
// section 3 (Algorithms 1 and 2). Each run takes the operations on one thing that goroutines share for those that
// matter, and walks so that every order of these is as likely as any other: who does the next of them is chosen by how
// many each goroutine, with those that it will start, has still to do; meanwhile the others do what does not matter. In
// some runs two things matter, or all. How many operations there are is learned from earlier runs, and which of them can
// come in another order so that it makes a difference (mattering.go): waiting for a group, or for a value that somebody
// sends, only thins the orders out that a run is drawn from.
type surw struct {
	groups [][]uint32 // sites of the operations on one thing
	all    []uint32   // of these
	known  table[uint64, struct{}]
	sums   []siteSum
	at     table[uint64, int] // index in sums, by goroutine and site
	runs   int                // that the sums are over
	seen   int                // runs that it could learn from
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
	pairShare      = 2 // of the runs in which not all operations matter, two things do
)

// Where few operations matter, all of them do in the first runs and in every second one: what these show, one thing alone
// shows only when it is the one that the bug is about. Of many operations there are too many orders.
const (
	firstWhole = 4
	few, some  = 20, 40
)

func (p *surw) plan(r *run) strategy {
	if p.runs == 0 {
		return newRandomWalk(r)
	}
	s := &selective{}
	if r.turn%earlyShare == earlyShare-1 {
		s.early = earlyRate
	}
	switch n := len(p.groups); {
	case n == 0:
	case p.whole(r.turn):
		s.whole, s.matters = true, newSiteSet(p.all)
	case r.rng.IntN(pairShare) == 0:
		one := append([]uint32(nil), p.groups[r.rng.IntN(n)]...)
		s.matters = newSiteSet(append(one, p.groups[r.rng.IntN(n)]...))
	default:
		s.matters = newSiteSet(p.groups[r.rng.IntN(n)])
	}
	p.weigh(s)
	return s
}

// whole: all operations that can matter do in the run with that number.
func (p *surw) whole(turn int) bool {
	switch n := p.size(); {
	case n <= few:
		return turn < firstWhole || turn%2 == 0
	case n <= some:
		return turn%4 == 0
	default:
		return turn%8 == 0
	}
}

// size is how many operations that matter a run has.
func (p *surw) size() (n float64) {
	all := newSiteSet(p.all)
	for _, sum := range p.sums {
		if all.has(sum.Site) {
			n += float64(sum.Times) / float64(p.runs)
		}
	}
	return n
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
		if s.g != 0 && !s.again {
			p.add(siteSum{r.routines[s.g].key, r.routines[s.g].parent, s.site, 1})
		}
	}
	for _, group := range matteringIn(r) {
		p.addGroup(group)
	}
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

func (p *surw) addGroup(sites []uint32) {
	key := uint64(len(sites))
	for _, site := range sites {
		key += mix(0, uint64(site)) // in whatever order
	}
	if _, known := p.known.find(key); !known && len(p.groups) < mostGroups {
		p.known.put(key, struct{}{})
		p.groups = append(p.groups, sites)
		for _, site := range sites {
			if !oneOf(p.all, site) {
				p.all = append(p.all, site)
			}
		}
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
