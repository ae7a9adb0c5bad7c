package lockstep

import (
	"math/rand/v2"
	"testing"
)

// A table does what a map does.
func TestTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var got table[uint64, int]
		want := make(map[uint64]int)
		keys := 1 + rng.Uint64N(200)
		for n := range 2_000 {
			key := rng.Uint64N(keys) * 8
			if rng.IntN(3) == 0 {
				got.remove(key)
				delete(want, key)
			} else {
				got.put(key, n)
				want[key] = n
			}
			if value, found := got.find(key); got.count != len(want) || value != want[key] || found != (want[key] != 0 || n == 0 && len(want) > 0) {
				t.Fatalf("after %d steps %d is %d %v, want %d; %d entries, want %d", n, key, value, found, want[key], got.count, len(want))
			}
		}
		seen := 0
		got.all(func(key uint64, value int) {
			seen++
			if want[key] != value || got.get(key) != value {
				t.Errorf("%d is %d, want %d", key, value, want[key])
			}
		})
		if seen != len(want) {
			t.Errorf("%d entries of %d", seen, len(want))
		}
	}
}
