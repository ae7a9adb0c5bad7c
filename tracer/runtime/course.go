package lockstep

// course is one run along a path of the tree, and beyond its end.
type course struct {
	tree    *tree
	reduces bool
	f       *footsteps
	at      int // of the next node on the path
	sleep   []sleeper
	cutAt   int         // the step from which on everything has been explored; -1: none
	node    *choiceNode // of the current step, if its uses are not known yet
	named   int32       // objects that had a name before it
	kases   int         // choices between cases in it
	again   bool        // more than one of these in a step
	strayed bool        // the path could not be followed
	enabled []*routine
}

// sleeper is a step with which everything that may follow now has been explored.
type sleeper struct {
	g    *routine
	uses useList
}

// letGo is what a strategy does whose runs know objects by address, see collect.
func (c *course) letGo() (back func() bool) {
	for i := range c.f.steps {
		c.f.steps[i].on = nil // all have been looked at but the last, which collects
	}
	return hide(&c.f.names.places)
}

func (c *course) next(r *run, _ *routine, options []*routine) *routine {
	c.settle(r)
	c.f.arrived(options)
	enabled, stuck := c.able(r, options)
	next := enabled[0]
	switch {
	case c.cutAt >= 0:
	case stuck && !r.clock.pending(): // for ever: in which order they find that does not matter
	case len(enabled) == 1:
		c.expect(len(r.steps), false)
		if c.sleeps(next) {
			c.cutAt = len(r.steps)
		}
	default:
		next = c.choose(r, enabled)
	}
	c.named, c.kases = c.f.names.count, 0
	c.f.take(r, next, c.f.keeps(next), stuck)
	return next
}

// settle looks back at the last step.
func (c *course) settle(r *run) {
	c.f.finish(r)
	last := len(c.f.steps) - 1
	if last < 0 || c.cutAt >= 0 {
		return
	}
	s := &c.f.steps[last]
	if c.node != nil {
		for _, u := range outliving(r, c.f, last, c.named, s.on) {
			if !oneOf(c.node.Uses, u) {
				c.node.Uses = append(c.node.Uses, u)
			}
		}
		c.node.Fresh, c.node = false, nil
	}
	awake := c.sleep
	c.sleep = c.sleep[:0]
	for _, z := range awake {
		if int32(z.g.id) != s.g && !c.wakes(r, z, c.f.uses[s.from:s.to]) {
			c.sleep = append(c.sleep, z)
		}
	}
}

func (c *course) wakes(r *run, z sleeper, uses []use) bool {
	operand, known := c.f.names.operand(r, z.g.pendingOn)
	for _, a := range z.uses {
		if a.object == ownOperand {
			if !known {
				continue
			}
			a.object = operand
		}
		for _, b := range uses {
			if a.clash(b, negativeAhead) {
				return true
			}
		}
	}
	return false
}

// able leaves out who would only find that it has to wait. When nobody else is left, they may find that: stuck.
func (c *course) able(r *run, options []*routine) (enabled []*routine, stuck bool) {
	if !c.reduces {
		return options, false
	}
	c.enabled = c.enabled[:0]
	for _, g := range options {
		if !c.f.keeps(g) || !r.wouldWait(g, c.f.of(g).woken) {
			c.enabled = append(c.enabled, g)
		}
	}
	if len(c.enabled) == 0 {
		return options, true
	}
	return c.enabled, false
}

// keeps says whether the operation that g is about to begin may have to wait for others to let go.
func (f *footsteps) keeps(g *routine) bool {
	switch g.pending {
	case opLock, opRLock, opOnce:
		return !g.pendingTry
	case opWaitGroupWait:
		return !f.registers
	case opSend, opReceive:
		return !g.pendingTry && g.pendingOn != nil && !g.pendingAgain && capacityAt(g.pendingOn) > 0
	}
	return false
}

func (c *course) sleeps(g *routine) bool {
	for _, z := range c.sleep {
		if z.g == g {
			return true
		}
	}
	return false
}

// expect gives the node of a choice on the path, nil beyond its end. What lies on the path and does not come forgets the
// rest of it: the test has not done the same again.
func (c *course) expect(step int, choice bool) *choiceNode {
	if c.at >= len(c.tree.Nodes) {
		return nil
	}
	node := c.tree.Nodes[c.at]
	if here := node.At == step && node.Ready == nil; here == choice && node.At >= step {
		if here {
			return node
		}
		return nil
	}
	c.stray()
	return nil
}

func (c *course) stray() {
	c.strayed = true
	c.tree.Nodes = c.tree.Nodes[:c.at]
	c.tree.From = 0
}

func named(list []*routine, path string) *routine {
	for _, g := range list {
		if g.path == path {
			return g
		}
	}
	return nil
}

func (c *course) choose(r *run, enabled []*routine) *routine {
	step := len(r.steps)
	node := c.expect(step, true)
	var next *routine
	if node != nil {
		if next = named(enabled, node.Taken); next == nil {
			c.stray()
			node = nil
		}
	}
	if node == nil {
		for _, g := range enabled {
			if !c.sleeps(g) {
				next = g
				break
			}
		}
		if next == nil {
			c.cutAt = step
			return enabled[0]
		}
		node = &choiceNode{At: step, Taken: next.path, Fresh: true}
		for _, g := range enabled {
			node.Options = append(node.Options, g.path)
			if !c.reduces && g != next {
				node.Todo = append(node.Todo, g.path)
			}
		}
		c.tree.Nodes = append(c.tree.Nodes, node)
	}
	c.at++
	node.asleep = node.asleep[:0]
	for _, z := range c.sleep {
		node.asleep = append(node.asleep, z.g.path)
	}
	for _, done := range node.Done {
		if g := named(enabled, done.G); g != nil && c.reduces {
			c.sleep = append(c.sleep, sleeper{g, done.Uses})
		}
	}
	if node.Fresh {
		c.node = node
	}
	return next
}

// kase takes the cases of a select one after the other. What happens between two choices of cases is one step, and a
// schedule has room for one of them in it: those of packages that are not the user's may come closer.
func (c *course) kase(r *run, _ *routine, ready []int) int {
	c.kases++
	if c.cutAt >= 0 || c.kases > 1 {
		c.again = c.again || c.cutAt < 0
		return ready[0]
	}
	step := len(r.steps) - 1
	var node *choiceNode
	if c.at < len(c.tree.Nodes) {
		node = c.tree.Nodes[c.at]
		if node.At != step || len(node.Ready) != len(ready) || !oneOf(ready, node.Ready[node.Kase]) {
			c.stray()
			node = nil
		}
	}
	if node == nil {
		node = &choiceNode{At: step, Ready: append([]int(nil), ready...), Fresh: true}
		c.tree.Nodes = append(c.tree.Nodes, node)
	}
	c.at++
	if c.node = nil; node.Fresh {
		c.node = node
	}
	return node.Ready[node.Kase]
}

// cannotKnow says why a run shows that not all interleavings can be explored; empty: it does not.
func (c *course) cannotKnow(r *run) string {
	switch {
	case r.foreign || r.foreignCall.Load() || r.outcome == "hang":
		return "code that is not instrumented takes part"
	case c.strayed:
		return "the test does not do the same again under the same schedule"
	case r.outcome == "limit":
		return "a run was too long"
	case r.dropped > 0:
		return "a run had too many events"
	case r.paused > allPauses:
		return "a run had too many accesses of shared memory"
	case r.clock.reads > patience:
		return "a run waits for time to pass without waiting for a timer"
	case c.f.blind:
		return "TryLock may find a lock taken that is given up where no goroutine can be kept waiting"
	case c.again:
		return "a package that is not the test's chooses between cases of a select"
	}
	return ""
}
