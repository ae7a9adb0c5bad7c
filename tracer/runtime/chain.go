package lockstep

// A scheduling chain is a few operations that are to come in this order (GoPie: Jiang et al., Effective Concurrency Testing
// for Go via Directional Primitive-constrained Interleaving Exploration, ASE 2023, section III). An operation is a step:
// what follows on it without a scheduling point, an unlock above all, belongs to it.

// chainOperation is the n-th time that a goroutine begins an operation at a site, or goes on with it after it had to wait.
type chainOperation struct {
	Who   uint64    `json:"who"` // routine.key
	Op    operation `json:"op"`
	Site  uint32    `json:"site"`
	Again bool      `json:"again,omitempty"`
	Nth   uint32    `json:"nth"`
}

// place is the same for each n.
func (o *chainOperation) place() uint64 {
	again := uint64(0)
	if o.Again {
		again = 1
	}
	return mix(o.Who, uint64(o.Site)<<16|uint64(o.Op)<<1|again)
}

// relations is what runs have shown of which operations concern each other: pairs within a goroutine (CPOP₁) and between
// goroutines on one thing (CPOP₂).
type relations struct {
	Operations []chainOperation `json:"operations"`
	Within     [][]int32        `json:"within"`  // the operations next to one in its goroutine: rule 1, both ways
	Between    [][]int32        `json:"between"` // those that came next on the same thing, by another goroutine: rule 2
	numbers    table[uint64, int32]
}

const (
	mostChainOperations = 1 << 12
	mostRelated         = 32 // of one operation
	mostRepetitions     = 32 // of one operation by a goroutine: later ones are none of a chain's
)

// number gives the operation's number; -1: it has none.
func (k *relations) number(o chainOperation) int32 {
	key := mix(o.place(), uint64(o.Nth))
	if known, found := k.numbers.find(key); found {
		return known
	}
	if len(k.Operations) >= mostChainOperations || o.Nth > mostRepetitions {
		return -1
	}
	number := int32(len(k.Operations))
	k.numbers.put(key, number)
	k.Operations = append(k.Operations, o)
	k.Within, k.Between = append(k.Within, nil), append(k.Between, nil)
	return number
}

func (k *relations) restore() {
	for i := range k.Operations {
		o := &k.Operations[i]
		k.numbers.put(mix(o.place(), uint64(o.Nth)), int32(i))
	}
}

// relate adds b to what a is related to; false when that was known or does not fit.
func relate(to [][]int32, a, b int32) bool {
	if len(to[a]) >= mostRelated || oneOf(to[a], b) {
		return false
	}
	to[a] = append(to[a], b)
	return true
}

// related lists Rel₂ of an operation: what rules 2 to 4 lead to, operations of other goroutines. Rule 3 goes on from a
// neighbour in the goroutine, rule 4 from what was found.
func (k *relations) related(a int32) []int32 {
	const most = 256
	var found []int32
	var seen table[uint64, struct{}]
	seen.put(uint64(a), struct{}{})
	for queue := []int32{a}; len(queue) > 0 && len(found) < most; queue = queue[1:] {
		from := queue[0]
		for _, b := range k.Between[from] {
			if _, again := seen.find(uint64(b)); !again {
				seen.put(uint64(b), struct{}{})
				queue = append(queue, b)
				if k.Operations[b].Who != k.Operations[a].Who {
					found = append(found, b)
				}
			}
		}
		for _, b := range k.Within[from] {
			if _, again := seen.find(uint64(b)); !again {
				seen.put(uint64(b), struct{}{})
				queue = append(queue, b)
			}
		}
	}
	return found
}

// mostChained is the length of a chain.
const mostChained = 6

// mutate gives a chain changed in one way of four; the same when that way is none.
func (k *relations) mutate(chain []int32, rng *random) []int32 {
	changed := append([]int32(nil), chain...)
	at := rng.IntN(len(chain))
	switch rng.IntN(4) {
	case 0: // Abridge
		if len(chain) < 3 {
			return chain
		}
		if at&1 == 0 {
			return changed[1:]
		}
		return changed[:len(chain)-1]
	case 1: // Flip
		if at+1 < len(chain) {
			changed[at], changed[at+1] = changed[at+1], changed[at]
		}
	case 2: // Substitute
		if near := k.Within[chain[at]]; len(near) > 0 {
			changed[at] = near[rng.IntN(len(near))]
		}
	default: // Augment
		if others := k.related(chain[len(chain)-1]); len(others) > 0 && len(chain) < mostChained {
			changed = append(changed, others[rng.IntN(len(others))])
		}
	}
	return changed
}

func chainHash(chain []int32, from int) uint64 {
	hash := mix(0, uint64(from))
	for _, o := range chain {
		hash = mix(hash, uint64(o)+1)
	}
	return hash
}
