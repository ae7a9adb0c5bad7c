package lockstep

// roundRobin gives every goroutine the same number of steps in turn. Random walks leave every circle sooner or later;
// goroutines that undo each other's work for ever are met only where each always comes at the same moment.
type roundRobin struct {
	randomWalk     // makes the first choices, so that the goroutines meet at any moment; and those of a select
	first      int // choices left to it
	quantum    int // steps of a turn
	left       int // of the current turn
	last       int // who had it
}

// Most circles are walked in step.
var quanta = [...]int{1, 1, 1, 2, 3, 4}

const mostFirst = 12

// roundRobinShare of all runs go round robin.
const roundRobinShare = 16

func newRoundRobin(r *run) *roundRobin {
	return &roundRobin{
		randomWalk: randomWalk{switching: 0.5},
		first:      r.rng.IntN(mostFirst),
		quantum:    quanta[r.rng.IntN(len(quanta))],
	}
}

func (s *roundRobin) next(r *run, prev *routine, options []*routine) *routine {
	if s.first > 0 {
		s.first--
		return s.randomWalk.next(r, prev, options)
	}
	if prev != nil && prev.status == statusRunnable && s.left > 0 {
		s.left--
		return prev
	}
	next := options[0]
	for _, g := range options {
		if g.id > s.last {
			next = g
			break
		}
	}
	s.last, s.left = next.id, s.quantum-1
	return next
}
