package lockstep

import (
	"encoding/json"
	"unsafe"
)

// dpor explores all interleavings, up to the order of steps that do not concern each other: source-DPOR with sleep sets
// (Abdulla, Aronis, Jonsson, Sagonas: Source Sets, JACM 2017, algorithm 1). Each run goes down one path of the tree of
// choices; when it has ended, the races in it say where another choice is worth a run. Only the nodes of the current path
// are kept, those where there was a choice.
//
// When it is exhausted, no interleaving of the test shows anything that its runs have not shown, provided that
//   - accesses of memory are ordered by the program, or are scheduling points: no data race was seen at other sites;
//   - nothing outside of the run has a say: its random numbers and the order of its loops over maps are the same in each;
//   - time passes only when nobody can go on, and steps take none (progress.timed says that it matters);
//   - no goroutine that outlives the test calls methods of testing.T.
//
// What it notices itself, progress.incomplete says. A process that dies takes what is known with it: then there is
// nothing to go on with.
type dpor struct {
	seed     uint64
	reduces  bool
	tree     tree
	course   *course
	order    ordering
	followed footsteps
}

const (
	mostNodes  = 1 << 13 // on a path
	mostClocks = 1 << 23 // numbers in the clocks of a run
)

func newDPOR(c *configuration) *dpor {
	return &dpor{seed: mix(c.seed, 0), reduces: !c.lacks(withoutReduction)}
}

func (d *dpor) plan(r *run) strategy {
	if d.tree.GaveUp {
		return newRandom(r)
	}
	r.seed = d.seed // of the program's random numbers: every run draws the same
	r.program.random = random{mix(r.seed, 0)}
	r.clock.still, r.follows = true, true
	d.course = &course{tree: &d.tree, reduces: d.reduces, f: &d.followed, cutAt: -1}
	d.followed.reset()
	d.followed.registers = d.tree.Begun
	return d.course
}

func (d *dpor) ended(r *run) {
	c := d.course
	if c == nil {
		return
	}
	d.course = nil
	c.settle(r)
	p := &d.tree.Progress
	p.Timed = p.Timed || c.f.timed || r.clock.reads > 0
	p.Drawn = p.Drawn || r.drawn > 0
	for _, g := range r.routines {
		p.Drawn = p.Drawn || g.loops > 0
	}
	if p.Incomplete == "" {
		p.Incomplete = c.cannotKnow(r)
	}
	steps := len(c.f.steps)
	if c.cutAt >= 0 {
		p.Redundant++
		steps = c.cutAt
	} else {
		p.Interleavings++
	}
	if len(d.tree.Nodes) > mostNodes || steps*len(r.routines) > mostClocks {
		p.Incomplete, d.tree.GaveUp, d.tree.Nodes = "the test has too many steps for all interleavings to be explored", true, nil
		return
	}
	if d.reduces {
		d.order.walk(c.f, len(r.routines), steps, d.tree.From, func(first, second int32) { d.reverse(r, first, second) })
		if d.order.misuse && !d.tree.Begun {
			p.Redundant, p.Interleavings = p.Redundant+p.Interleavings, 0
			d.tree = tree{Begun: true, Progress: *p}
			return
		}
		if last := steps - 1; last >= 0 && c.f.steps[last].fatal {
			d.tree.addAll(last) // nobody else could go on behind it
		}
	}
	d.tree.advance()
}

// reverse sees to it that some run begins the reversal of a race.
func (d *dpor) reverse(r *run, first, second int32) {
	node := d.tree.choiceAt(int(first))
	if node == nil { // nobody else could go on
		return
	}
	chosen, covered := "", false
	d.order.initials(first, second, func(step int32) {
		path := r.routines[d.order.f.steps[step].g].path
		covered = covered || node.covers(path)
		if oneOf(node.Options, path) && (chosen == "" || step == second) {
			chosen = path
		}
	})
	switch {
	case covered:
	case chosen != "":
		node.Todo = append(node.Todo, chosen)
	default:
		d.tree.addAll(int(first))
	}
}

const (
	firstGuess    = 64 // runs before the size of the tree is guessed
	mostPromising = 1 << 14
)

// promising: it looks as if all interleavings could be explored in a reasonable number of runs.
func (d *dpor) promising() bool {
	runs := d.tree.Progress.Interleavings + d.tree.Progress.Redundant
	return !d.tree.GaveUp && d.tree.Progress.Incomplete == "" &&
		(runs < firstGuess || float64(runs) <= mostPromising*d.tree.share())
}

func (d *dpor) exhausted() bool { return d.tree.Over }

func (d *dpor) progress() progress {
	p := d.tree.Progress
	p.Promising = d.promising()
	return p
}

func (d *dpor) state() any { return &d.tree }

func (d *dpor) resume(text []byte) error { return json.Unmarshal(text, &d.tree) }

// outliving gives the footprint of a step in a form that other runs with the same steps before it understand.
func outliving(r *run, f *footsteps, step int, named int32, on unsafe.Pointer) useList {
	operand, known := f.names.operand(r, on)
	var list useList
	for _, u := range f.uses[f.steps[step].from:f.steps[step].to] {
		switch {
		case known && u.object == operand:
			u.object = ownOperand
		case u.object >= named:
			u.object = anything
		}
		if !oneOf(list, u) {
			list = append(list, u)
		}
	}
	return list
}
