package lockstep

import (
	"sync"
	"testing"
)

// What is put into a pool stays there for one collection, and not for two; what is new there comes first.
func TestProgramPool(t *testing.T) {
	defer begin(t).Return()
	pool := &sync.Pool{}
	PoolPut(2, pool, 1)
	PoolPut(3, pool, 2)
	GC(4)
	PoolPut(5, pool, 3)
	for _, want := range []any{3, 2} {
		if got := PoolGet(6, pool); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	GC(7)
	if got := PoolGet(8, pool); got != nil {
		t.Errorf("got %v after two collections", got)
	}
}

func TestPool(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	runs, summary, _ := explore(t, "TestProgramPool", map[string]any{"iterations": 3})
	if len(runs) != 0 || summary.Iterations != 3 {
		t.Errorf("%+v of %d", runs, summary.Iterations)
	}
}
