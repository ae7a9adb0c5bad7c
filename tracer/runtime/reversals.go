package lockstep

// Which pairs of steps of a run could have come in the other order, and what would have to be done first for that: the
// races of dynamic partial-order reduction (Abdulla, Aronis, Jonsson, Sagonas: Source Sets, JACM 2017, section 4), with
// happens-before taken from footprints. A step that waits for a lock, a wait group or a Once is taken only when it need
// not wait, so the order of two critical sections is reversed where they begin: what lies between the end of the first and
// the second step keeps that from happening, and is no race itself.

// ordering is the happens-before order of the steps of a run.
type ordering struct {
	f      *footsteps
	width  int
	clocks []int32 // width for each step: how many steps of each goroutine are not behind it
	last   []int32 // step of each goroutine; -1: none
	wall   []int32 // the clock of all that came before time last passed
	past   [][]used
	cur    []int32 // of the step that is looked at: without what it had to wait for
	late   []int32 // and with that
	found  []candidate
	misuse bool // a wait group is added to while somebody may wait for it
}

// used is one use in the past of an object.
type used struct {
	step int32
	use  use
}

type candidate struct {
	step    int32
	keeping bool // kept the later step from beginning
	misuse  bool // of a wait group: an add and a wait
}

func zeroed(list []int32, size int) []int32 {
	if cap(list) < size {
		return make([]int32, size)
	}
	list = list[:size]
	clear32(list)
	return list
}

func clear32(list []int32) {
	for i := range list {
		list[i] = 0
	}
}

func (o *ordering) clock(step int32) []int32 {
	return o.clocks[int(step)*o.width : (int(step)+1)*o.width]
}

func (o *ordering) join(to []int32, step int32) {
	if step < 0 {
		return
	}
	for i, n := range o.clock(step) {
		to[i] = max(to[i], n)
	}
}

func joinClocks(to, from []int32) {
	for i, n := range from {
		to[i] = max(to[i], n)
	}
}

// holds says that step i lies in a clock.
func (o *ordering) holds(clock []int32, i int32) bool {
	s := &o.f.steps[i]
	return clock[s.g] >= s.nth
}

// before says that step i happens before step j.
func (o *ordering) before(i, j int32) bool { return o.holds(o.clock(j), i) }

// walk orders the first steps of a run and calls race for every reversible race whose second step is not below from.
func (o *ordering) walk(f *footsteps, routines, steps, from int, race func(first, second int32)) {
	o.f, o.width = f, routines
	o.clocks = zeroed(o.clocks, steps*routines)
	o.wall, o.cur, o.late = zeroed(o.wall, routines), zeroed(o.cur, routines), zeroed(o.late, routines)
	o.last = zeroed(o.last, routines)
	for i := range o.last {
		o.last[i] = -1
	}
	for len(o.past) < int(f.names.count) {
		o.past = append(o.past, nil)
	}
	for i := range o.past {
		o.past[i] = o.past[i][:0]
	}
	for j := range int32(steps) {
		o.place(j)
		for _, c := range o.found {
			clock := o.late
			if c.keeping {
				clock = o.cur
			}
			if o.holds(clock, c.step) {
				continue
			}
			if int(j) >= from {
				o.misuse = o.misuse || c.misuse
				race(c.step, j)
			}
			o.join(o.cur, c.step)
			o.join(o.late, c.step)
		}
		s := &f.steps[j]
		copy(o.clock(j), o.late)
		o.clock(j)[s.g] = s.nth
		o.last[s.g] = j
		for _, u := range f.uses[s.from:s.to] {
			if u.object >= 0 {
				o.past[u.object] = append(o.past[u.object], used{j, u})
			}
		}
	}
}

// place finds what step j comes behind in any case, and the candidates for races with it, the latest first.
func (o *ordering) place(j int32) {
	s := &o.f.steps[j]
	if s.timeFirst {
		for g := range o.wall {
			if o.last[g] >= 0 {
				o.wall[g] = o.f.steps[o.last[g]].nth
			}
		}
	}
	copy(o.cur, o.wall)
	o.join(o.cur, o.last[s.g])
	o.join(o.cur, s.wokenBy)
	for _, step := range s.ended {
		o.join(o.cur, step)
	}
	copy(o.late, o.cur)
	o.found = o.found[:0]
	if s.fatal { // nobody goes on behind it
		for _, last := range o.last {
			if last >= 0 {
				o.candidate(last, false)
			}
		}
	}
	own := true // the first use of a lock is what the step waits for
	for _, u := range o.f.uses[s.from:s.to] {
		if u.object < 0 {
			continue
		}
		waits := s.waits && own && (u.kind == useAcquire || u.kind == useShare || u.kind == useWait || u.kind >= useSend)
		own = own && !waits
		o.search(j, u, waits)
	}
}

// search goes back through the past of what a step uses.
func (o *ordering) search(j int32, u use, waits bool) {
	past, settled := o.past[u.object], false
	for at := len(past) - 1; at >= 0; at-- {
		y := past[at]
		switch {
		case u.kind == useWait && y.use.kind == useAdd:
			o.join(o.late, y.step)
			if y.use.delta > 0 && o.reachesZero(past[at:], y) {
				o.candidate(y.step, true).misuse = true
			}
			continue
		case u.kind == useAttempt || u.kind == useQueue:
			switch {
			case y.use.kind == useAdd && y.use.delta > 0 && o.reachesZero(past[at:], y):
				o.candidate(y.step, true)
			case y.use.kind == useAcquire:
				o.candidate(y.step, true)
				return
			case y.use.kind == useQueue:
				o.candidate(y.step, false)
			case y.use.kind == useWrite || int32(y.use.kind) == u.delta: // took the room or the value
				o.candidate(y.step, true)
				return
			}
			continue
		case u.kind == useSend || u.kind == useReceive || u.kind == useDrained:
			if o.communicates(y, u, &settled) {
				return
			}
			continue
		case u.kind == useAcquire && y.use.kind == useUnshare && o.f.steps[j].woken: // readers have left
			o.join(o.cur, y.step)
			o.join(o.late, y.step)
			continue
		case waits && y.use.kind == useRelease:
			o.join(o.late, y.step)
			continue
		case waits && y.use.kind == useAcquire:
			o.candidate(y.step, true)
			return
		}
		if y.use.clash(u, negativeWithout) {
			if c := o.candidate(y.step, false); y.use.kind == useWait && u.delta > 0 {
				c.misuse = true
			}
			if y.use.kind == useWrite || y.use.kind == useAcquire {
				return
			}
		}
	}
}

// communicates looks at what came before an operation on a buffered channel that does not begin without room or a value:
// who made the room or sent the value, and who took those before, the latest only (settled). True: what came before that
// does not matter.
func (o *ordering) communicates(y used, u use, settled *bool) bool {
	made := u.count // number of the send whose value it is
	if u.kind == useSend {
		made -= u.delta // number of the receive that made the room
	}
	switch {
	case y.use.kind == useWrite: // of a select, say: may have made it or taken it
		if !*settled {
			o.candidate(y.step, true)
		}
		return true
	case u.kind == useSend && y.use.kind == useReceive, u.kind == useReceive && y.use.kind == useSend:
		if y.use.count == made {
			o.join(o.late, y.step)
		}
		return *settled && y.use.count <= made
	case u.kind == useDrained && (y.use.kind == useClose || y.use.kind == useSend):
		o.join(o.late, y.step)
	case *settled:
	case y.use.kind == u.kind && u.kind != useDrained, u.kind == useDrained && y.use.kind == useReceive:
		o.candidate(y.step, true)
		*settled = true
	case y.use.clash(u, negativeWithout):
		o.candidate(y.step, false)
	}
	return *settled && u.kind != useDrained && made < 0
}

// reachesZero says whether the counter of a wait group would be at zero without the add that since begins with and what
// follows on it.
func (o *ordering) reachesZero(since []used, first used) bool {
	count := first.use.count
	for _, y := range since[1:] {
		if y.use.kind == useAdd && !o.before(first.step, y.step) {
			count += y.use.delta
		}
	}
	return count == 0
}

// candidate keeps the list sorted, the latest step first, each once.
func (o *ordering) candidate(step int32, keeping bool) *candidate {
	at := len(o.found)
	for at > 0 && o.found[at-1].step < step {
		at--
	}
	if at == 0 || o.found[at-1].step != step {
		o.found = append(o.found, candidate{})
		copy(o.found[at+1:], o.found[at:])
		o.found[at] = candidate{step: step}
		at++
	}
	c := &o.found[at-1]
	c.keeping = c.keeping || keeping
	return c
}

// initials calls visit for each goroutine that can make the first of the steps that lead to the reversal of a race:
// those between its two steps that do not happen behind the first, and then the second.
func (o *ordering) initials(first, second int32, visit func(step int32)) {
	var rest []int32
	for k := first + 1; k <= second; k++ {
		if k < second && o.before(first, k) {
			continue
		}
		initial := true
		for _, earlier := range rest {
			if o.before(earlier, k) {
				initial = false
				break
			}
		}
		rest = append(rest, k)
		if initial {
			visit(k)
		}
	}
}
