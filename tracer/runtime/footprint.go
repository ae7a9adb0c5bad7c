package lockstep

import "unsafe"

// The footprint of a step is what it did to objects that several goroutines use: enough to tell whether two steps can
// change places without anybody noticing. It is taken from the events that the step has written, from the operation
// that it began with, and from what select has looked at.

// use is what a step did to one object.
type use struct {
	object int32 // as named by a nameTable
	kind   useKind
	delta  int32 // of an add
	count  int32 // of the wait group, before an add or a wait
}

type useKind uint8

const (
	useRead    useKind = iota // reads go with reads
	useWrite                  // with nothing
	useAcquire                // of a lock; of a Once: its function begins
	useRelease                // of a lock; of a Once: its function has returned
	useShare                  // of a read lock; a Once that was done already
	useUnshare
	useAdd     // to a wait group: adds go with adds
	useWait    // for a wait group that is at zero
	useAttempt // of a wait group or a Once that one has to wait for
	useQueue   // at a lock or a channel that one has to wait for; delta: the use that was tried
	useSend    // into a buffer with room; count: how many sends came before
	useReceive // from a buffer with values; count: how many receives came before
	useDrained // received that the channel is closed
	useClose
)

const (
	// ownOperand stands for what the goroutine is about to operate on, in a footprint that outlives its run.
	ownOperand int32 = -1
	// anything is used by a step of which nothing better is known, or after which nothing else happens.
	anything int32 = -2
)

// nameTable numbers the objects of a run in the order in which steps first use them, so that runs that begin with the
// same steps agree on the names of what these have used.
type nameTable struct {
	count   int32
	objects []int32                      // name of an object of the run, plus one
	places  table[unsafe.Pointer, int32] // of what has no events: variables, maps, pools
	ranges  []namedRange
	counts  []int32 // of wait groups, and of sends on a channel, by name
	takes   []int32 // of receives from a channel, by name
	runners []int32 // goroutine that runs the function of a Once, by name
	trials  []trial // of locks, by name
}

// trial is what makes a TryLock blind for some orders: an unlock that is no scheduling point.
type trial uint8

const (
	tries trial = 1 << iota
	unlocksUnseen
)

type namedRange struct {
	from, to uintptr
	name     int32
}

func (n *nameTable) fresh() int32 {
	n.count++
	n.counts, n.runners = append(n.counts, 0), append(n.runners, 0)
	n.trials, n.takes = append(n.trials, 0), append(n.takes, 0)
	return n.count - 1
}

func (n *nameTable) object(index uint32) int32 {
	for int(index) >= len(n.objects) {
		n.objects = append(n.objects, 0)
	}
	if n.objects[index] == 0 {
		n.objects[index] = n.fresh() + 1
	}
	return n.objects[index] - 1
}

// place names memory: accesses that overlap have one name.
func (n *nameTable) place(at unsafe.Pointer, size int) int32 {
	if name, known := n.places.find(at); known {
		return name
	}
	from, to := uintptr(at), uintptr(at)+uintptr(max(size, 1))
	for _, known := range n.ranges {
		if from < known.to && known.from < to {
			n.places.put(at, known.name)
			n.ranges = append(n.ranges, namedRange{from, to, known.name})
			return known.name
		}
	}
	name := n.fresh()
	n.places.put(at, name)
	n.ranges = append(n.ranges, namedRange{from, to, name})
	return name
}

// operand finds the name of what a goroutine is about to operate on; known is false while no step has used it.
func (n *nameTable) operand(r *run, on unsafe.Pointer) (name int32, known bool) {
	if on == nil {
		return 0, false
	}
	if name, known = n.places.find(on); known {
		return name, true
	}
	index, known := r.objects.find(on)
	if !known || int(index) >= len(n.objects) || n.objects[index] == 0 {
		return 0, false
	}
	return n.objects[index] - 1, true
}

// clash says whether the order of two uses of one object matters. Adds to a wait group only count, unless one that
// comes too early makes the counter negative: negative decides that.
func (a use) clash(b use, negative func(a, b use) bool) bool {
	if a.object == anything || b.object == anything {
		return true
	}
	if a.object != b.object {
		return false
	}
	shared := func(k useKind) bool { return k == useShare || k == useUnshare }
	switch {
	case a.kind == useRead && b.kind == useRead, a.kind == useWait && b.kind == useWait:
		return false
	case shared(a.kind) && shared(b.kind), a.kind == useDrained && b.kind == useDrained:
		return false
	case a.kind == useReceive && (b.kind == useSend || b.kind == useClose), b.kind == useReceive && (a.kind == useSend || a.kind == useClose):
		return false // neither keeps the other from happening
	case a.kind == useAdd && b.kind == useAdd:
		return negative(a, b)
	}
	return true
}

// negativeAhead: done is what has happened, ahead what could have happened before it.
func negativeAhead(ahead, done use) bool {
	return ahead.delta < 0 && done.delta > 0 && done.count+ahead.delta < 0 ||
		ahead.delta > 0 && done.delta < 0 && done.count+done.delta < 0
}

// negativeWithout: late would be negative without early, which came before it.
func negativeWithout(early, late use) bool {
	return early.delta > 0 && late.delta < 0 && late.count-early.delta+late.delta < 0
}
