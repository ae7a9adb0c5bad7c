package lockstep

import (
	"io"
	random1 "math/rand"
	random2 "math/rand/v2"
	"sync"
)

// The functions of math/rand and math/rand/v2 draw from generators that every process seeds anew. Under control
// the run's seed decides what they give, so that a replay draws the same numbers.

// drawing is the source behind them: the run's when the caller has the turn, else the package's own.
type drawing struct{}

func (drawing) Uint64() uint64 {
	if r, _ := holdsTurn(); r != nil {
		return r.draw()
	}
	return random1.Uint64()
}

func (drawing) Int63() int64 {
	if r, _ := holdsTurn(); r != nil {
		return int64(r.draw() >> 1)
	}
	return random1.Int63()
}

func (drawing) Seed(seed int64) { RandomSeed(seed) }

type drawing2 struct{}

func (drawing2) Uint64() uint64 {
	if r, _ := holdsTurn(); r != nil {
		return r.draw()
	}
	return random2.Uint64()
}

var (
	// Random has the functions of math/rand.
	Random = random1.New(drawing{})
	// RandomV2 has those of math/rand/v2.
	RandomV2 = random2.New(drawing2{})
)

// generator draws for the program: not from the strategy's generator, whose choices a replay does not draw.
type generator struct {
	random
	guard  sync.Mutex // what rand.Seed has asked for is shared under a lock, as it is in math/rand
	seeded random1.Source64
}

//go:norace
func (r *run) draw() uint64 {
	r.drawn++
	if g := &r.program; g.seeded == nil {
		return g.next()
	}
	r.program.guard.Lock()
	defer r.program.guard.Unlock()
	return r.program.seeded.Uint64()
}

func (r *run) shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, int(r.draw()%uint64(i+1)))
	}
}

// RandomSeed is rand.Seed(seed).
func RandomSeed(seed int64) {
	if r, _ := holdsTurn(); r != nil {
		r.drawn++
		r.program.seeded = random1.NewSource(seed).(random1.Source64)
		return
	}
	random1.Seed(seed)
}

// RandomRead is rand.Read(p) of math/rand.
func RandomRead(p []byte) (int, error) {
	r, _ := holdsTurn()
	if r == nil {
		return random1.Read(p)
	}
	return random1.New(drawing{}).Read(p)
}

// RandomN is rand.N(n).
func RandomN[I ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr](n I) I {
	if r, _ := holdsTurn(); r == nil {
		return random2.N(n)
	}
	if n <= 0 {
		panic("invalid argument to N")
	}
	return I(RandomV2.Uint64N(uint64(n)))
}

// SecretReader stands for crypto/rand.Reader: names and keys that a program draws decide the order of its maps.
func SecretReader(real io.Reader) io.Reader { return secretReader{real} }

type secretReader struct{ real io.Reader }

func (s secretReader) Read(b []byte) (int, error) {
	r, _ := holdsTurn()
	if r == nil {
		return s.real.Read(b)
	}
	for i := 0; i < len(b); i += 8 {
		word := r.draw()
		for j := i; j < min(i+8, len(b)); j++ {
			b[j] = byte(word >> (8 * (j - i)))
		}
	}
	return len(b), nil
}
