package lockstep

// directed switches only where it is told to.
type directed struct {
	switches map[switchPoint]string
	later    []switchDirective // when who is left cannot go on; each once
	cases    map[switchPoint]int
}

type switchPoint struct {
	path string
	at   int
}

func newDirected(told directive) *directed {
	d := &directed{switches: make(map[switchPoint]string), cases: make(map[switchPoint]int)}
	for _, s := range told.Switches {
		if s.Later {
			d.later = append(d.later, s)
			continue
		}
		d.switches[switchPoint{s.From, s.After}] = s.To
	}
	for _, s := range told.Cases {
		d.cases[switchPoint{s.G, s.At}] = s.Case
	}
	return d
}

func (d *directed) next(r *run, prev *routine, options []*routine) *routine {
	to, told := d.switches[switchPoint{r.last.path, r.last.steps}]
	if !told && (prev == nil || prev.status != statusRunnable || prev.pending == opYield) {
		to, told = d.nextLater(r.last)
	}
	if told {
		if to == "0" && r.clock.pending() {
			return nil
		}
		for _, g := range options {
			if g.path == to {
				return g
			}
		}
	}
	return stay(prev, options)
}

// nextLater is who follows g, which cannot go on.
func (d *directed) nextLater(g *routine) (string, bool) {
	for index, s := range d.later {
		if s.From == g.path && s.After <= g.steps {
			d.later = append(d.later[:index], d.later[index+1:]...)
			return s.To, true
		}
	}
	return "", false
}

func (d *directed) kase(_ *run, g *routine, ready []int) int {
	if want, told := d.cases[switchPoint{g.path, g.steps - 1}]; told && oneOf(ready, want) {
		return want
	}
	return ready[0]
}
