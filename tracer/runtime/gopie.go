package lockstep

import "encoding/json"

// gopie forces scheduling chains: operations in an order that earlier runs suggest (GoPie, ASE 2023; chain.go). Pairs of
// operations that runs have shown are the first chains; chains are changed by Abridge, Flip, Substitute and Augment. What
// came about entirely is changed further, the more often the more it has shown that was new: pairs, or states of channels
// and locks. Unlike the original, a chain is never tried whose order the run that it comes from rules out, goroutines are
// told apart by how they came to be, and a run may begin like that one, up to where the chain begins.
type gopie struct {
	feedback bool
	mutation bool
	know     gopieState
	tried    table[uint64, struct{}]
	walk     *chainWalk
	from     *lesson
}

// gopieState is what the next process goes on with.
type gopieState struct {
	Runs      int         `json:"runs"`
	Relations relations   `json:"relations"`
	Lessons   []*lesson   `json:"lessons"`
	Chains    []seedChain `json:"chains"`
	Tried     []uint64    `json:"tried"`
	NextId    int         `json:"nextId"`
	Forced    int         `json:"forced"`    // runs with a chain
	Came      int         `json:"came"`      // those in which it came about entirely
	Forbidden int         `json:"forbidden"` // chains that were ruled out, and not tried
}

// seedChain is a chain that is to be changed.
type seedChain struct {
	Operations []int32 `json:"operations"`
	From       int     `json:"from"` // id of a lesson
	Energy     float64 `json:"energy"`
}

const (
	firstLessons   = 4 // runs before the first chain
	freeShare      = 8 // one of so many runs is free of chains
	mostLessons    = 12
	mostChains     = 512
	mostTried      = 1 << 14
	mostAttempts   = 24 // at a chain that is allowed and new
	mostSuggested  = 32 // chains that one run suggests
	energyLeft     = 0.8
	energyOfNews   = 1.0
	energyOfEffect = 0.5
)

func newGopie(c *configuration) *gopie {
	return &gopie{feedback: !c.lacks(withoutFeedback), mutation: !c.lacks(withoutMutation)}
}

func (p *gopie) plan(r *run) strategy {
	p.walk, p.from = nil, nil
	turn := p.know.Runs
	p.know.Runs++
	if turn < firstLessons || turn%freeShare == freeShare-1 || len(p.know.Chains) == 0 {
		return newRandomWalk(r)
	}
	for range mostAttempts {
		seed := p.choose(&r.rng)
		lesson := p.lesson(seed.From)
		seed.Energy *= energyLeft
		if lesson == nil {
			continue
		}
		chain := seed.Operations
		if p.mutation {
			for changes := 1 + r.rng.IntN(3); changes > 0; changes-- {
				chain = p.know.Relations.mutate(chain, &r.rng)
			}
		}
		hash := chainHash(chain, seed.From)
		if _, again := p.tried.find(hash); again && p.mutation || len(chain) < 2 {
			continue
		}
		if lesson.forbids(chain) {
			p.know.Forbidden++
			continue
		}
		p.know.Forced++
		if p.tried.count < mostTried {
			p.tried.put(hash, struct{}{})
			p.know.Tried = append(p.know.Tried, hash)
		}
		p.from = lesson
		p.walk = newChainWalk(r, &p.know.Relations, chain, lesson)
		return p.walk
	}
	return newRandomWalk(r)
}

// choose draws a chain by energy.
func (p *gopie) choose(rng *random) *seedChain {
	all := 0.0
	for i := range p.know.Chains {
		all += p.know.Chains[i].Energy
	}
	left := rng.Float64() * all
	for i := range p.know.Chains {
		if left -= p.know.Chains[i].Energy; left < 0 {
			return &p.know.Chains[i]
		}
	}
	return &p.know.Chains[len(p.know.Chains)-1]
}

func (p *gopie) lesson(id int) *lesson {
	for _, l := range p.know.Lessons {
		if l.Id == id {
			return l
		}
	}
	return nil
}

func (p *gopie) ended(r *run) {
	if r.outcome == "limit" || r.outcome == "hang" { // too long to be tried again and again
		return
	}
	if p.walk != nil && p.walk.done() {
		p.know.Came++
	}
	l := learn(r, &p.know.Relations, p.know.NextId)
	news := float64(l.news + r.novelty.States)
	from := -1
	if news > 0 || len(p.know.Lessons) == 0 {
		from = p.keep(l.lesson)
	}
	if from >= 0 {
		for i, pair := range l.pairs {
			if i == mostSuggested {
				break
			}
			p.add([]int32{pair[0], pair[1]}, from, energyOfNews)
		}
	}
	if p.walk == nil || p.feedback && !p.walk.done() {
		return
	}
	if from < 0 {
		from = p.from.Id
	}
	energy := energyOfNews
	if p.feedback {
		energy = energyOfEffect + energyOfNews*news
	}
	p.add(p.walk.chain, from, energy)
}

// keep makes room for a lesson, where the chains are fewest that need it.
func (p *gopie) keep(l *lesson) int {
	p.know.NextId++
	if len(p.know.Lessons) < mostLessons {
		p.know.Lessons = append(p.know.Lessons, l)
		return l.Id
	}
	least, energy := 0, 0.0
	for i, known := range p.know.Lessons {
		sum := 0.0
		for _, c := range p.know.Chains {
			if c.From == known.Id {
				sum += c.Energy
			}
		}
		if i == 0 || sum < energy {
			least, energy = i, sum
		}
	}
	dropped := p.know.Lessons[least].Id
	p.know.Lessons[least] = l
	kept := p.know.Chains[:0]
	for _, c := range p.know.Chains {
		if c.From != dropped {
			kept = append(kept, c)
		}
	}
	p.know.Chains = kept
	return l.Id
}

func (p *gopie) add(chain []int32, from int, energy float64) {
	fresh := seedChain{append([]int32(nil), chain...), from, energy}
	if len(p.know.Chains) < mostChains {
		p.know.Chains = append(p.know.Chains, fresh)
		return
	}
	least := 0
	for i := range p.know.Chains {
		if p.know.Chains[i].Energy < p.know.Chains[least].Energy {
			least = i
		}
	}
	if p.know.Chains[least].Energy < energy {
		p.know.Chains[least] = fresh
	}
}

func (p *gopie) exhausted() bool { return false }
func (p *gopie) state() any      { return &p.know }

func (p *gopie) resume(text []byte) error {
	if err := json.Unmarshal(text, &p.know); err != nil {
		return err
	}
	p.know.Relations.restore()
	for _, hash := range p.know.Tried {
		p.tried.put(hash, struct{}{})
	}
	return nil
}
