package lockstep

import (
	"encoding/binary"
	"math"
)

// coverage is what the runs of a worker have shown until now, for strategies that look for what is new and for people
// who ask whether more runs tell more:
//
//   - pairs of operations, by site and kind: one after the other in a goroutine, or on one thing by different goroutines
//     (as the feedback of GoPie, ASE 2023, section 3.4, and of GFuzz, ASPLOS 2022, section 5);
//   - states in which an operation finds its channel, lock or wait group: empty, full, closed, held, waited for;
//   - happens-before classes, by a hash that all runs share whose operations are ordered in the same way
//     (Mazurkiewicz traces, as counted by Musuvathi, Qadeer, Partial-Order Reduction for Context-Bounded State
//     Exploration, MSR-TR-2007-12, section 3).
//
// Memory is bounded: of pairs and states so many are kept, classes are bits of a set that counts about right
// (Whang, Vander-Zanden, Taylor, A Linear-Time Probabilistic Counting Algorithm, TODS 1990).
type coverage struct {
	pairs, states keySet
	classes       bitSet
	runs          int
	blocks        [2]novelty // what was known when this block of runs began, and the one before

	// Scratch of one run.
	routines []routineTrail
	objects  []objectTrail
}

// novelty counts pairs, states and classes, of a run those that no run before it has shown.
type novelty struct {
	Runs    int `json:"runs"`
	Pairs   int `json:"pairs"`
	States  int `json:"states"`
	Classes int `json:"classes"`
}

// routineTrail is what a goroutine has done.
type routineTrail struct {
	order uint64 // hash of the operations that happen before its next one
	last  uint64 // the operation it did last; 0: none
}

// objectTrail is what was done with a channel, a lock …, and its state.
type objectTrail struct {
	order     uint64 // hash of the operations that happen before the next one
	apart     uint64 // sum of those after them that are not ordered among each other
	kind      alike  // of these
	last      uint64
	routine   uint32 // that did it
	fill      int32  // values in a channel, readers of a lock, the counter of a wait group
	waiting   int32
	exclusive bool // closed, or held by a writer
}

const (
	mostKeys    = 1 << 16
	classBits   = 1 << 20
	recentBlock = 512 // runs
)

func newCoverage() *coverage { return &coverage{classes: bitSet{words: make([]uint64, classBits/64)}} }

// note takes a run in that has ended.
func (c *coverage) note(r *run) novelty {
	if c.runs%recentBlock == 0 {
		c.blocks[1], c.blocks[0] = c.blocks[0], c.known()
	}
	c.runs++
	if _, again := r.process.distinct.find(r.hash); again {
		return novelty{}
	}
	before := novelty{Pairs: c.pairs.count(), States: c.states.count(), Classes: c.classes.set}
	c.classes.add(c.classOf(r))
	return novelty{1, c.pairs.count() - before.Pairs, c.states.count() - before.States, c.classes.set - before.Classes}
}

// classOf takes the pairs and states of a run in, and gives its happens-before class.
func (c *coverage) classOf(r *run) uint64 {
	c.begin(r)
	sum, steps := uint64(0), r.steps
	for i := range r.events {
		for len(steps) > 0 && int(steps[0].events) <= i {
			sum += c.access(&steps[0])
			steps = steps[1:]
		}
		sum += c.operation(r, &r.events[i])
	}
	for i := range steps {
		sum += c.access(&steps[i])
	}
	return mix(0, sum)
}

func (c *coverage) begin(r *run) {
	c.routines, c.objects = c.routines[:0], c.objects[:0]
	for _, g := range r.routines {
		c.routines = append(c.routines, routineTrail{order: g.key})
	}
	for range len(r.records) + 1 { // the last stands for the variables that are raced for
		c.objects = append(c.objects, objectTrail{})
	}
}

// operation takes an event in, and gives its part in the hash of the class: 0 when it has none.
func (c *coverage) operation(r *run, e *event) uint64 {
	o, p := operation(e.head), phase(e.head>>8)
	switch o {
	case opNone, opGo, opStart, opEnd, opMake, opClock, opRead, opWrite, opTestEnd, opSelectCase:
		return 0 // known from the others, or from the steps
	}
	if e.site&internalSite != 0 && e.site != none {
		return 0
	}
	g := &c.routines[e.goroutine]
	this := uint64(e.site)<<24 | uint64(e.head>>16&0xff)<<16 | uint64(o)<<8 | uint64(p)
	if e.object == none {
		return c.follow(g, this)
	}
	on := &c.objects[e.object]
	c.states.add(mix(this, on.state(r.records[e.object].capacity)))
	on.change(o, p, e.argument)
	if p == phaseBlock {
		return 0
	}
	if on.last != 0 && on.routine != e.goroutine {
		c.pairs.add(mix(on.last, ^this))
	}
	on.last, on.routine = this, e.goroutine
	return c.follow(g, this) + on.follow(g, alikeness(o, p, e.argument))
}

// access takes a step in that is about a variable: most runs have no event of it. All such variables count as one.
func (c *coverage) access(s *taken) uint64 {
	if s.op != opRead && s.op != opWrite {
		return 0
	}
	g, on := &c.routines[s.g], &c.objects[len(c.objects)-1]
	this := uint64(s.site)<<24 | uint64(s.op)<<8
	if on.last != 0 && on.routine != uint32(s.g) {
		c.pairs.add(mix(on.last, ^this))
	}
	on.last, on.routine = this, uint32(s.g)
	return c.follow(g, this) + on.follow(g, alikeness(s.op, phaseDone, 0))
}

// follow is the next operation of a goroutine.
func (c *coverage) follow(g *routineTrail, this uint64) uint64 {
	if g.last != 0 {
		c.pairs.add(mix(g.last, this))
	}
	g.last = this
	if phase(this&0xff) == phaseWake { // whether it had to wait does not show in the order
		this -= uint64(phaseWake)
	}
	g.order = mix(g.order, this)
	return g.order
}

// follow orders the operation that g has just done among those on o.
func (o *objectTrail) follow(g *routineTrail, kind alike) uint64 {
	if kind == alikeNone {
		g.order = mix(g.order, o.order+o.apart)
		o.order, o.apart = g.order, 0
		return g.order
	}
	if kind != o.kind {
		o.order, o.apart, o.kind = o.order+o.apart, 0, kind
	}
	g.order = mix(g.order, o.order)
	o.apart += g.order
	return g.order
}

// alike operations on one thing have no order among each other that matters.
type alike uint8

const (
	alikeNone alike = iota
	alikeLooking
	alikeCounting
)

func alikeness(o operation, p phase, argument int32) alike {
	switch {
	case looks(o, argument), p == phaseRefused:
		return alikeLooking
	case o == opWaitGroupAdd, o == opWaitGroupWait, o == opAtomic && argument == atomicCount:
		return alikeCounting
	}
	return alikeNone
}

// state names what an operation can find: the least that makes a difference to it.
func (o *objectTrail) state(capacity int) uint64 {
	state := uint64(min(max(o.fill, 0), 2))
	if capacity > 0 && int(o.fill) >= capacity {
		state = 3
	}
	state |= uint64(min(max(o.waiting, 0), 2)) << 2
	if o.exclusive {
		state |= 1 << 4
	}
	return state
}

func (o *objectTrail) change(op operation, p phase, argument int32) {
	switch {
	case p == phaseBlock:
		o.waiting++
		return
	case p == phaseRefused:
		return
	case p == phaseWake:
		o.waiting--
	}
	switch op {
	case opSend, opRLock:
		o.fill++
	case opReceive:
		if argument != closedEnd {
			o.fill--
		}
	case opRUnlock:
		o.fill--
	case opSelect:
		if argument == directionSend {
			o.fill++
		} else {
			o.fill--
		}
	case opWaitGroupAdd:
		o.fill += argument
	case opLock, opClose:
		o.exclusive = true
	case opUnlock:
		o.exclusive = false
	}
}

func (c *coverage) known() novelty {
	return novelty{c.runs, c.pairs.count(), c.states.count(), c.classes.about()}
}

// summary is `coverage` of a summary line: all, and what the last runs have added.
func (c *coverage) summary() map[string]any {
	all, since := c.known(), c.blocks[1]
	return map[string]any{"pairs": all.Pairs, "states": all.States, "classes": all.Classes, "recent": novelty{
		all.Runs - since.Runs, all.Pairs - since.Pairs, all.States - since.States, all.Classes - since.Classes,
	}}
}

// coverageState is what the next process takes over.
type coverageState struct {
	Runs    int        `json:"runs"`
	Blocks  [2]novelty `json:"blocks"`
	Pairs   []byte     `json:"pairs"`
	States  []byte     `json:"states"`
	Classes []byte     `json:"classes"`
}

func (c *coverage) state() coverageState {
	return coverageState{c.runs, c.blocks, c.pairs.bytes(), c.states.bytes(), c.classes.bytes()}
}

func (c *coverage) resume(s *coverageState) {
	c.runs, c.blocks = s.Runs, s.Blocks
	c.pairs.take(s.Pairs)
	c.states.take(s.States)
	c.classes.take(s.Classes)
}

// keySet has so many keys at most.
type keySet struct{ keys table[uint64, struct{}] }

func (s *keySet) count() int { return s.keys.count }

func (s *keySet) add(key uint64) {
	if s.keys.count < mostKeys {
		s.keys.put(key, struct{}{})
	}
}

func (s *keySet) bytes() (out []byte) {
	s.keys.all(func(key uint64, _ struct{}) { out = binary.LittleEndian.AppendUint64(out, key) })
	return out
}

func (s *keySet) take(keys []byte) {
	for ; len(keys) >= 8; keys = keys[8:] {
		s.add(binary.LittleEndian.Uint64(keys))
	}
}

// bitSet has a bit for a hash.
type bitSet struct {
	words []uint64
	set   int
}

func (s *bitSet) add(hash uint64) {
	at := int(hash % uint64(len(s.words)*64))
	if bit := uint64(1) << (at & 63); s.words[at>>6]&bit == 0 {
		s.words[at>>6] |= bit
		s.set++
	}
}

// about estimates how many different hashes were added.
func (s *bitSet) about() int {
	all := float64(len(s.words) * 64)
	free := max(all-float64(s.set), 1)
	return int(math.Round(all * math.Log(all/free)))
}

// bytes lists the bits that are set: four bytes each.
func (s *bitSet) bytes() (out []byte) {
	for at := range s.words {
		for bit := range 64 {
			if s.words[at]>>bit&1 != 0 {
				out = binary.LittleEndian.AppendUint32(out, uint32(at<<6|bit))
			}
		}
	}
	return out
}

func (s *bitSet) take(bits []byte) {
	for ; len(bits) >= 4; bits = bits[4:] {
		s.add(uint64(binary.LittleEndian.Uint32(bits)))
	}
}
