package lockstep

// selective is one run of surw.
type selective struct {
	matters  *siteSet               // nil: everything
	whole    bool                   // what is not in matters does not matter at all
	weights  table[uint64, float64] // by routine.key: what it, and whom it starts, has to do that matters
	left     []float64              // of that, by index of goroutine
	early    float64
	intended *routine // does the next operation that matters
	waited   int      // choices since it was chosen
	open     []*routine
}

// leastWeight is that of goroutines that have done more than was expected of them.
const leastWeight = 0.1

func (s *selective) matter(site uint32) bool { return s.matters == nil || s.matters.has(site) }

// counts: the next operation of g is one that matters. What it had to wait for it has come to before.
func (s *selective) counts(g *routine) bool { return !g.pendingAgain && s.matter(g.pendingSite) }

func (s *selective) next(r *run, _ *routine, options []*routine) *routine {
	s.meet(r)
	if s.early > 0 && r.clock.pending() && r.rng.Float64() < s.early {
		s.intended = nil // others may be able to go on now
		return nil
	}
	choose := s.nextOfSome
	if s.whole {
		choose = s.nextOfAll
	}
	g := choose(r, options)
	if s.counts(g) {
		s.left[g.id]--
		s.intended = nil
	}
	return g
}

// nextOfSome chooses who does the next operation that matters, and lets the others do meanwhile what matters for other
// things.
func (s *selective) nextOfSome(r *run, options []*routine) *routine {
	// Who does not come to it for long, or yields, may spin until another one has done something that matters.
	w := s.intended
	if s.waited++; w == nil || w.status != statusRunnable || w.pending == opYield || s.waited >= longestStretch {
		s.intended, s.waited = s.intend(r, options), 0
	}
	s.open = s.open[:0]
	for _, g := range options {
		if g == s.intended || !s.counts(g) {
			s.open = append(s.open, g)
		}
	}
	return s.open[r.rng.IntN(len(s.open))]
}

// nextOfAll goes on until everybody is before an operation that matters, and only then chooses: who has come to be, or was
// woken, meanwhile has the same chance as the others.
func (s *selective) nextOfAll(r *run, options []*routine) *routine {
	s.open = s.open[:0]
	for _, g := range options {
		if !s.counts(g) && g.pending != opYield {
			s.open = append(s.open, g)
		}
	}
	if s.waited++; len(s.open) > 0 && s.waited < longestStretch {
		return s.open[r.rng.IntN(len(s.open))]
	}
	s.waited = 0
	return s.intend(r, options)
}

// meet gives new goroutines their weight, which they take from those that have started them. Who was chosen with what
// these are to do in view has been chosen for either.
func (s *selective) meet(r *run) {
	for at := len(s.left); at < len(r.routines); at++ {
		g := r.routines[at]
		weight, known := s.weights.find(g.key)
		if !known {
			weight = 1
		} else {
			for above := at - 1; above > 0; above-- {
				if parent := r.routines[above]; parent.key == g.parent {
					if s.intended == parent && r.rng.Float64()*s.left[above] < weight {
						s.intended, s.waited = g, 0
					}
					s.left[above] -= weight
					break
				}
			}
		}
		s.left = append(s.left, weight)
	}
}

func (s *selective) intend(r *run, options []*routine) *routine {
	total := 0.0
	for _, g := range options {
		total += s.weight(g)
	}
	at := r.rng.Float64() * total
	for _, g := range options {
		if at -= s.weight(g); at < 0 {
			return g
		}
	}
	return options[len(options)-1]
}

// weight is what g has still to do. Who yields wants others to go on.
func (s *selective) weight(g *routine) float64 {
	if g.pending == opYield {
		return leastWeight
	}
	return max(s.left[g.id], leastWeight)
}

func (s *selective) kase(r *run, _ *routine, ready []int) int { return ready[r.rng.IntN(len(ready))] }
