package lockstep

// continuing is the strategy "continue": it repeats the steps of a run and then goes on at random, in each run in another
// way, so that many runs show what can follow the same beginning. What the program draws is the same in all of them, and
// time passes only when nobody can go on. A last step without its case leaves the case of that select open, too.
type continuing struct {
	replay
	after *randomWalk // nil until the steps are done
}

func (s *continuing) next(r *run, prev *routine, options []*routine) *routine {
	if s.at < len(s.steps) {
		return s.replay.next(r, prev, options)
	}
	s.leave(r)
	return s.after.next(r, prev, options)
}

func (s *continuing) kase(r *run, g *routine, ready []int) int {
	if s.at < len(s.steps) || s.after == nil && s.steps[s.at-1].Case != nil {
		return s.replay.kase(r, g, ready)
	}
	s.leave(r)
	return s.after.kase(r, g, ready)
}

// leave ends the part that all runs share.
func (s *continuing) leave(r *run) {
	if s.after != nil {
		return
	}
	r.rng = random{mix(r.seed, uint64(r.index)+1)}
	s.after = newRandomWalk(r)
	s.after.early = 0
}
