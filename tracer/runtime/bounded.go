package lockstep

import (
	"encoding/json"
	"fmt"
	"math/bits"
)

// bounded is the strategy "bounded": delay bounding (Emmi, Qadeer, Rakamarić, Delay-Bounded Scheduling, POPL 2011,
// section 3). Without a delay goroutines go on until they block, and then the next one in turn does; a delay, at a
// choice, skips the one whose turn it is. First comes the run without a delay. Half of the others have one delay until all
// of these were made, half of the rest two, and so on (the bound grows as that on preemptions in Musuvathi, Qadeer,
// Iterative Context Bounding for Systematic Testing of Multithreaded Programs, PLDI 2007). Those with the same number
// of delays come in an order that looks random, none twice: a bug does not wait until all places before its own have been
// tried.
type bounded struct {
	boundedState
	seed   uint64
	orders [mostDelays + 1]permutation // of the runs with so many delays
}

type boundedState struct {
	Runs   int          `json:"runs"`
	Seen   int          `json:"seen"` // choices of a run until now, at most
	Levels []delayLevel `json:"levels"`
}

// delayLevel has the runs with so many delays.
type delayLevel struct {
	Length int `json:"length"` // choices at which they may be
	Next   int `json:"next"`   // how many were made
}

// mostDelays of one run, and mostRuns with the same number of them: then this is no longer systematic.
const (
	mostDelays = 6
	mostRuns   = 1 << (bits.UintSize/2 + 8) // fits an int
)

// newBounded begins with so many delays: a run without one is what others do first, too.
func newBounded(c *configuration, least int) *bounded {
	p := &bounded{seed: c.seed}
	for n := range least {
		p.add()
		p.Levels[n].Next = p.orders[n].size
	}
	return p
}

func (p *bounded) plan(r *run) strategy {
	if len(p.Levels) == 0 {
		p.add()
	}
	n := p.level()
	level := &p.Levels[n]
	s := &delays{at: combination(p.orders[n].at(level.Next), n)}
	level.Next++
	p.Runs++
	return s
}

// level chooses the number of delays. When all runs with it were made and longer ones seen, it begins again.
func (p *bounded) level() int {
	more := bits.TrailingZeros(uint(p.Runs) + 1)
	for n := 0; ; n++ {
		if n == len(p.Levels) {
			p.add()
		}
		level := &p.Levels[n]
		if level.Next >= p.orders[n].size {
			if longer := p.Seen > level.Length; n < mostDelays && (n == 0 || !longer) {
				continue
			}
			*level = delayLevel{Length: max(p.Seen, 1)}
			p.order(n)
		}
		if more == 0 || n == mostDelays {
			return n
		}
		more--
	}
}

// add begins with one delay more.
func (p *bounded) add() {
	p.Levels = append(p.Levels, delayLevel{Length: max(p.Seen, 1)})
	p.order(len(p.Levels) - 1)
}

func (p *bounded) order(n int) {
	p.orders[n] = newPermutation(multisets(p.Levels[n].Length, n), p.seed)
}

func (p *bounded) ended(r *run) {
	if s, ours := r.policy.(*delays); ours {
		p.Seen = max(p.Seen, s.choices)
	}
}

func (p *bounded) exhausted() bool { return false }
func (p *bounded) state() any      { return p.boundedState }

func (p *bounded) resume(text []byte) error {
	if err := json.Unmarshal(text, &p.boundedState); err != nil {
		return fmt.Errorf("what bounded has done: %w", err)
	}
	for n := range p.Levels {
		p.order(n)
	}
	return nil
}

// multisets is how many ways there are to put so many delays at so many choices, at most mostRuns.
func multisets(choices, delays int) int { return binomial(choices+delays-1, delays) }

func binomial(n, k int) int {
	if k == 0 {
		return 1
	}
	if n < k {
		return 0
	}
	result := uint64(1)
	for i := range uint64(k) {
		high, low := bits.Mul64(result, uint64(n)-i)
		if high > i { // the quotient would not fit
			return mostRuns
		}
		result, _ = bits.Div64(high, low, i+1)
		if result > mostRuns {
			return mostRuns
		}
	}
	return int(result)
}

// combination gives the choices of the multiset with that number: combinatorial numbers, with the i-th one
// less by i, so that the same may come again.
func combination(number, delays int) []int {
	at := make([]int, delays)
	for k := delays; k > 0; k-- {
		low, high := k-1, k // the largest n with binomial(n, k) <= number
		for binomial(high, k) <= number {
			low, high = high, 2*high
		}
		for high-low > 1 {
			if middle := (low + high) / 2; binomial(middle, k) <= number {
				low = middle
			} else {
				high = middle
			}
		}
		at[k-1] = low - (k - 1)
		number -= binomial(low, k)
	}
	return at
}

// permutation is a bijection on [0, size): a Feistel network over the next power of four, walked until it is inside.
type permutation struct {
	size int
	half uint // bits
	seed uint64
}

func newPermutation(size int, seed uint64) permutation {
	return permutation{size, uint(bits.Len(uint(max(size-1, 0)))+1) / 2, seed}
}

func (p permutation) at(n int) int {
	for {
		mask := uint64(1)<<p.half - 1
		left, right := uint64(n)>>p.half, uint64(n)&mask
		for round := range uint64(4) {
			left, right = right, left^mix(p.seed+round, right)&mask
		}
		if n = int(left<<p.half | right); n < p.size {
			return n
		}
	}
}

// delays is one run of bounded.
type delays struct {
	at      []int // choices, sorted
	choices int
	last    int // index of the goroutine that had the turn
	stretch int
}

// delayed counts the delays at this choice.
func (s *delays) delayed() (times int) {
	for len(s.at) > 0 && s.at[0] <= s.choices {
		s.at = s.at[1:]
		times++
	}
	s.choices++
	return times
}

func (s *delays) next(r *run, prev *routine, options []*routine) *routine {
	clock := r.clock.pending()
	if len(options) == 1 && !clock {
		return s.turn(options[0])
	}
	// Whose turn it is: the same one's, if nothing speaks against it.
	at := len(options)
	for index, g := range options {
		if g.id >= s.last {
			at = index
			break
		}
	}
	if skips := s.delayed(); skips > 0 {
		all := len(options)
		if clock { // its turn comes last
			all++
		}
		if at = (at + skips) % all; at == len(options) {
			s.last = 0
			return nil
		}
	} else if at < len(options) && options[at] == prev && (prev.pending == opYield || s.stretch >= longestStretch) {
		at++ // it waits for somebody who has to move
	}
	return s.turn(options[at%len(options)])
}

func (s *delays) turn(g *routine) *routine {
	if g.id != s.last {
		s.last, s.stretch = g.id, 0
	}
	s.stretch++
	return g
}

func (s *delays) kase(_ *run, _ *routine, ready []int) int { return ready[s.delayed()%len(ready)] }
