package lockstep

import (
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
)

// reversal is the strategy "reversal": runs that differ from an earlier one in the order of two operations that conflict.
// The first runs let goroutines go on until they block. Of a run it takes two conflicting operations of different
// goroutines that could have come the other way round, does the same again up to the first of them, holds its goroutine
// back until the second is done, and then goes on as before. What such a run shows has been reversed once; reversals of
// it twice, and so on: half of the runs reverse one pair, half of the others two, as long as there are any that were not
// tried. It takes the races of dynamic partial-order reduction (Flanagan, Godefroid, POPL 2005) for a search that goes
// broad before it goes deep, as preemption bounding does (Musuvathi, Qadeer, PLDI 2007), but counts reversals and not
// preemptions, and any conflict is a candidate, however much lies between its two operations.
//
// Of the pairs those come first whose places in the source were reversed least: in loops, and among goroutines that do the
// same, most pairs are one that was tried already. Of these every second run takes the one that comes last, as a search
// that goes deep does: what is reversed late leaves the rest as it was. When nothing is left it begins anew.
type reversal struct {
	reversalState
	seen  table[uint64, struct{}] // classes of runs
	times table[uint64, int32]    // that pairs of the same places were reversed
	walk  *reversed
}

type reversalState struct {
	Runs    int       `json:"runs"`
	Bases   int       `json:"bases"` // runs that reversed nothing
	Parents []*parent `json:"parents"`
	Seen    []uint64  `json:"seen"`
	Times   []placed  `json:"times"` // only in what the next process takes over
}

// placed counts the pairs of the same places that were reversed.
type placed struct {
	Places uint32 `json:"p"`
	Times  int32  `json:"t"`
}

// parent is a run of which pairs can be reversed still.
type parent struct {
	Depth  int     `json:"depth"` // pairs that were reversed in it
	Lesson *lesson `json:"lesson"`
	Pairs  []pair  `json:"pairs"` // in no particular order
}

// pair is two steps, the second to come before the first; or a step and the select case to take there (Second is 0); or a
// step that time passes before (Second is timeFirst).
type pair struct {
	First  int32 `json:"i"`
	Second int32 `json:"j,omitempty"`
	Case   int32 `json:"c,omitempty"`
	// Places is a hash of the operations at the two: pairs that are alike have the same.
	Places uint32 `json:"p"`
}

const timeFirst = -1

const (
	mostParents   = 32
	mostReversed  = 8 // pairs in one run
	mostPairs     = 1 << 10
	mostSeen      = 1 << 12
	mostBases     = 4
	baseEvery     = 32 // runs
	lookedForward = 64 // steps
	mostDrawn     = 16 // pairs of which the one that is least tried is taken
	mostPlaces    = 1 << 12
)

func (p *reversal) plan(r *run) strategy {
	p.Runs++
	p.walk = &reversed{held: -1, step: -1}
	from := p.choose(&r.rng)
	if from == nil && p.Bases >= mostBases {
		p.forget()
	}
	if from == nil || p.Bases < mostBases && p.Runs > 1<<(2*p.Bases) || p.Runs%baseEvery == 0 {
		if p.Bases > 0 { // the first one keeps to the order in which goroutines began
			p.walk.salt = r.rng.next() | 1
		}
		p.Bases++
		return p.walk
	}
	at := p.rarest(&r.rng, from.Pairs)
	p.count(from.Pairs[at].Places)
	p.walk.from, p.walk.change, p.walk.depth = from.Lesson, from.Pairs[at], from.Depth+1
	last := len(from.Pairs) - 1
	from.Pairs[at] = from.Pairs[last]
	from.Pairs = from.Pairs[:last]
	return p.walk
}

// forget begins anew: what was seen first behind many reversals may be worth more behind few.
func (p *reversal) forget() {
	p.Seen, p.Parents = nil, nil
	p.seen, p.times = table[uint64, struct{}]{}, table[uint64, int32]{}
}

// rarest draws a pair: of a few the one whose places were reversed least, and of those the last one in every second run.
func (p *reversal) rarest(rng *random, pairs []pair) int {
	best, least := 0, int32(math.MaxInt32)
	for range min(mostDrawn, len(pairs)) {
		at := rng.IntN(len(pairs))
		times := p.times.get(uint64(pairs[at].Places))
		later := p.Runs%2 == 0 && times == least && pairs[at].last() > pairs[best].last()
		if times < least || later {
			best, least = at, times
		}
	}
	return best
}

func (p *pair) last() int32 { return max(p.First, p.Second) }

func (p *reversal) count(places uint32) {
	if _, known := p.times.find(uint64(places)); known || p.times.count < mostPlaces {
		*p.times.place(uint64(places))++
	}
}

// choose draws a run to change: one that few pairs were reversed in, rather.
func (p *reversal) choose(rng *random) *parent {
	deeper := bits.TrailingZeros(uint(p.Runs))
	for depth := 0; depth < mostReversed; depth++ {
		var chosen *parent
		pairs := 0
		for _, parent := range p.Parents {
			if n := len(parent.Pairs); parent.Depth == depth && n > 0 {
				if pairs += n; rng.IntN(pairs) < n {
					chosen = parent
				}
			}
		}
		if chosen != nil {
			if deeper == 0 || !p.below(depth) {
				return chosen
			}
			deeper--
		}
	}
	return nil
}

// below: there are pairs to reverse of runs deeper than that.
func (p *reversal) below(depth int) bool {
	for _, parent := range p.Parents {
		if parent.Depth > depth && len(parent.Pairs) > 0 {
			return true
		}
	}
	return false
}

func (p *reversal) ended(r *run) {
	w := p.walk
	p.walk = nil
	if w == nil || r.policy != strategy(w) || r.outcome == "limit" || r.outcome == "hang" || w.depth >= mostReversed {
		return
	}
	shown := r.process.coverage.classOf(r)
	if _, known := p.seen.find(shown); known {
		return
	}
	if p.seen.count < mostSeen {
		p.seen.put(shown, struct{}{})
		p.Seen = append(p.Seen, shown)
	}
	place := p.place(w.depth)
	if place < 0 {
		return
	}
	l := learn(r, &relations{}, 0).lesson
	if pairs := conflicts(r, w, l); len(pairs) > 0 {
		p.Parents[place] = &parent{Depth: w.depth, Lesson: l, Pairs: pairs}
	}
}

// place is where a run of that depth can be kept: in the place of one that has nothing left, or of a deeper one. -1: none.
func (p *reversal) place(depth int) int {
	if len(p.Parents) < mostParents {
		p.Parents = append(p.Parents, &parent{Depth: mostReversed})
		return len(p.Parents) - 1
	}
	place, deepest := -1, depth
	for at, parent := range p.Parents {
		if len(parent.Pairs) == 0 {
			return at
		}
		if parent.Depth > deepest {
			place, deepest = at, parent.Depth
		}
	}
	return place
}

func (p *reversal) exhausted() bool { return false }

func (p *reversal) state() any {
	p.Times = p.Times[:0]
	p.times.all(func(places uint64, times int32) { p.Times = append(p.Times, placed{uint32(places), times}) })
	return &p.reversalState
}

func (p *reversal) resume(text []byte) error {
	if err := json.Unmarshal(text, &p.reversalState); err != nil {
		return fmt.Errorf("what reversal has learned: %w", err)
	}
	for _, class := range p.Seen {
		p.seen.put(class, struct{}{})
	}
	for _, known := range p.Times {
		p.times.put(uint64(known.Places), known.Times)
	}
	return nil
}
