package lockstep

// random is the generator of one run (SplitMix64): math/rand would be seen by the race detector.
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state++
	return mix(0, r.state)
}

// IntN is uniform in [0, n): the bias of the multiplication is below n/2^32.
func (r *random) IntN(n int) int { return int(r.next() >> 32 * uint64(n) >> 32) }

// Float64 is uniform in [0, 1).
func (r *random) Float64() float64 { return float64(r.next()>>11) / (1 << 53) }
