package lockstep

// lesson is what gopie keeps of a run: its choices, so that another can begin like it, and which steps can never come
// before which others.
type lesson struct {
	Id         int        `json:"id"`
	Whose      []string   `json:"whose"` // paths
	Steps      []int32    `json:"steps"` // index in Whose
	Cases      []int32    `json:"cases"`
	Operations []int32    `json:"operations"` // number of each step's operation; -1: none of a chain's
	Edges      [][2]int32 `json:"edges"`      // the first step has to come before the second

	clocks []int32
	nth    []int32
}

// mostLearned is how many steps of a run are looked at.
const mostLearned = 1 << 11

// learning goes through a run that has ended.
type learning struct {
	r       *run
	know    *relations
	lesson  *lesson
	last    []int32 // step of each goroutine; -1: none
	before  []int32 // number of each goroutine's last operation
	owed    [][]int32
	times   table[uint64, uint32]
	objects []lastUse
	pairs   [][2]int32 // between goroutines, that are new
	news    int
}

type lastUse struct {
	operation int32
	g         int32
	sent      []int32 // steps whose values are in the channel
}

func chained(o operation) bool {
	switch o {
	case opNone, opYield, opChildWait, opParallel, opClock, opSleep:
		return false
	}
	return true
}

// learn goes through the run once.
func learn(r *run, know *relations, id int) *learning {
	l := &learning{r: r, know: know, lesson: &lesson{Id: id}}
	for _, g := range r.routines {
		l.last, l.before, l.owed = append(l.last, -1), append(l.before, -1), append(l.owed, nil)
		l.lesson.Whose = append(l.lesson.Whose, g.path)
	}
	for range r.records {
		l.objects = append(l.objects, lastUse{operation: -1})
	}
	event := 0
	for i := range r.steps[:min(len(r.steps), mostLearned)] {
		for ; event < int(r.steps[i].events) && i == 0; event++ {
			l.event(-1, &r.events[event]) // before the first choice
		}
		l.begin(int32(i), &r.steps[i])
		end := len(r.events)
		if i+1 < len(r.steps) {
			end = int(r.steps[i+1].events)
		}
		for ; event < end; event++ {
			l.event(int32(i), &r.events[event])
		}
	}
	return l
}

func (l *learning) begin(i int32, s *taken) {
	number := int32(-1)
	if chained(s.op) {
		o := chainOperation{Who: l.r.routines[s.g].key, Op: s.op, Site: s.site, Again: s.again}
		times := l.times.place(o.place())
		*times++
		o.Nth = *times
		number = l.know.number(o)
	}
	l.lesson.Steps, l.lesson.Cases = append(l.lesson.Steps, s.g), append(l.lesson.Cases, s.kase)
	l.lesson.Operations = append(l.lesson.Operations, number)
	for _, from := range l.owed[s.g] {
		l.lesson.Edges = append(l.lesson.Edges, [2]int32{from, i})
	}
	l.owed[s.g] = l.owed[s.g][:0]
	l.last[s.g] = i
	if number < 0 {
		return
	}
	if before := l.before[s.g]; before >= 0 {
		if relate(l.know.Within, before, number) {
			l.news++
		}
		relate(l.know.Within, number, before)
	}
	l.before[s.g] = number
}

// before notes that a step has to come before the next step of a goroutine.
func (l *learning) beforeNext(step int32, g uint32) {
	if step >= 0 {
		l.owed[g] = append(l.owed[g], step)
	}
}

func (l *learning) event(step int32, e *event) {
	o, p := operation(e.head), phase(e.head>>8)
	switch {
	case o == opGo:
		l.beforeNext(step, uint32(e.argument))
	case p == phaseWake && step >= 0 && int32(e.goroutine) != l.r.steps[step].g:
		l.beforeNext(step, e.goroutine)
	}
	if e.object == none {
		return
	}
	on := &l.objects[e.object]
	l.communicate(on, e, o, p)
	if step < 0 || e.goroutine != uint32(l.r.steps[step].g) || o == opSelectCase {
		return
	}
	number := l.lesson.Operations[step]
	if number < 0 {
		return
	}
	if on.operation >= 0 && on.g != int32(e.goroutine) && relate(l.know.Between, on.operation, number) {
		l.pairs = append(l.pairs, [2]int32{on.operation, number})
		l.news++
	}
	on.operation, on.g = number, int32(e.goroutine)
}

// communicate: what has been sent, added or closed has to come before what follows on the operation that found it so.
// The operation itself could have come first, and waited.
func (l *learning) communicate(on *lastUse, e *event, o operation, p phase) {
	if p == phaseBlock || p == phaseRefused {
		return
	}
	own := l.last[e.goroutine]
	sends := o == opSend || o == opSelect && e.argument == directionSend
	receives := o == opReceive || o == opSelect && e.argument == directionReceive
	switch {
	case sends:
		on.sent = append(on.sent, own)
	case receives && e.argument == closedEnd && o == opReceive:
		if e.partner != none {
			l.beforeNext(l.r.stepWith(e.partner), e.goroutine)
		}
	case receives && len(on.sent) > 0:
		l.beforeNext(on.sent[0], e.goroutine)
		on.sent = on.sent[1:]
	case o == opWaitGroupWait && e.partner != none:
		l.beforeNext(l.r.stepWith(e.partner), e.goroutine)
	}
}

// order computes the clocks, once.
func (s *lesson) order() {
	if s.clocks != nil || len(s.Steps) == 0 {
		return
	}
	width := len(s.Whose)
	s.clocks, s.nth = make([]int32, width*len(s.Steps)), make([]int32, len(s.Steps))
	last, edge := make([]int32, width), 0
	for i := range last {
		last[i] = -1
	}
	for i, g := range s.Steps {
		clock := s.clocks[i*width : (i+1)*width]
		if last[g] >= 0 {
			copy(clock, s.clocks[int(last[g])*width:])
		}
		for ; edge < len(s.Edges) && s.Edges[edge][1] == int32(i); edge++ {
			from := int(s.Edges[edge][0])
			joinClocks(clock, s.clocks[from*width:(from+1)*width])
		}
		clock[g]++
		s.nth[i], last[g] = clock[g], int32(i)
	}
}

// forces says that step a of the run comes before step b in every run in which both come about in the same way.
func (s *lesson) forces(a, b int) bool {
	s.order()
	return a != b && s.clocks[b*len(s.Whose)+int(s.Steps[a])] >= s.nth[a]
}

// forbids says that operations of a chain cannot come in its order.
func (s *lesson) forbids(chain []int32) bool {
	at := make([]int, len(chain))
	for i, o := range chain {
		at[i] = s.stepOf(o)
		for j, earlier := range chain[:i] {
			if earlier == o || at[i] >= 0 && at[j] >= 0 && s.forces(at[i], at[j]) {
				return true
			}
		}
	}
	return false
}

func (s *lesson) stepOf(operation int32) int {
	for i, o := range s.Operations {
		if o == operation {
			return i
		}
	}
	return -1
}

// ahead is how many steps lie before all operations of the chain.
func (s *lesson) ahead(chain []int32) int {
	for i, o := range s.Operations {
		if o >= 0 && oneOf(chain, o) {
			return i
		}
	}
	return 0
}
