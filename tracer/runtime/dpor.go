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

// tree is what the next process goes on with.
type tree struct {
	Nodes    []*choiceNode `json:"nodes"`
	From     int           `json:"from"` // step from which on the next run is new
	Over     bool          `json:"over,omitempty"`
	GaveUp   bool          `json:"gaveUp,omitempty"`
	Progress progress      `json:"progress"`
}

// choiceNode is a choice on the path: between goroutines, or between the cases of a select when Ready is not empty.
type choiceNode struct {
	At      int      `json:"at"` // the step
	Options []string `json:"options,omitempty"`
	Taken   string   `json:"taken,omitempty"`
	Todo    []string `json:"todo,omitempty"`
	Done    []rested `json:"done,omitempty"`
	Ready   []int    `json:"ready,omitempty"`
	Kase    int      `json:"kase,omitempty"` // index in Ready
	Uses    useList  `json:"uses,omitempty"` // of the step that was taken, with every case so far
	Fresh   bool     `json:"fresh,omitempty"`

	asleep []string
}

// rested is a step all of whose continuations have been explored.
type rested struct {
	G    string  `json:"g"`
	Uses useList `json:"uses"`
}

type useList []use

func (l useList) MarshalJSON() ([]byte, error) {
	numbers := make([][4]int32, len(l))
	for i, u := range l {
		numbers[i] = [4]int32{u.object, int32(u.kind), u.delta, u.count}
	}
	return json.Marshal(numbers)
}

func (l *useList) UnmarshalJSON(text []byte) error {
	var numbers [][4]int32
	if err := json.Unmarshal(text, &numbers); err != nil {
		return err
	}
	for _, n := range numbers {
		*l = append(*l, use{n[0], useKind(n[1]), n[2], n[3]})
	}
	return nil
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

// choiceAt finds the choice between goroutines before a step.
func (t *tree) choiceAt(step int) *choiceNode {
	low, high := 0, len(t.Nodes)
	for low < high {
		if middle := (low + high) / 2; t.Nodes[middle].At < step {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(t.Nodes) && t.Nodes[low].At == step && t.Nodes[low].Ready == nil {
		return t.Nodes[low]
	}
	return nil
}

func (t *tree) addAll(step int) {
	node := t.choiceAt(step)
	if node == nil {
		return
	}
	for _, path := range node.Options {
		if !node.covers(path) {
			node.Todo = append(node.Todo, path)
		}
	}
}

// covers: what begins with a step of that goroutine has been explored, or will be.
func (n *choiceNode) covers(path string) bool {
	for _, d := range n.Done {
		if d.G == path {
			return true
		}
	}
	return n.Taken == path || oneOf(n.Todo, path) || oneOf(n.asleep, path)
}

// advance goes back to the last choice with something left to explore.
func (t *tree) advance() {
	for len(t.Nodes) > 0 {
		node := t.Nodes[len(t.Nodes)-1]
		t.From = node.At
		if node.Kase+1 < len(node.Ready) {
			node.Kase++
			node.Fresh = true
			return
		}
		if len(node.Todo) > 0 {
			node.Done = append(node.Done, rested{node.Taken, node.Uses})
			node.Taken, node.Uses, node.Fresh = node.Todo[0], nil, true
			node.Todo = node.Todo[1:]
			return
		}
		t.Nodes = t.Nodes[:len(t.Nodes)-1]
		if above := len(t.Nodes) - 1; node.Ready != nil && above >= 0 && t.Nodes[above].At == node.At {
			t.Nodes[above].Uses, t.Nodes[above].Fresh = node.Uses, false
		}
	}
	t.Over = true
}

func (d *dpor) exhausted() bool    { return d.tree.Over }
func (d *dpor) progress() progress { return d.tree.Progress }

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
