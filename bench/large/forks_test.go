package large

import (
	"sync"
	"testing"
)

// Five philosophers who wash their forks ten times before they take them.
func TestBusyForks(t *testing.T) {
	const n, rounds = 5, 10
	var forks [n]sync.Mutex
	var wg sync.WaitGroup
	for i := range n {
		left, right := &forks[i], &forks[(i+1)%n]
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range rounds {
				left.Lock()
				left.Unlock()
				right.Lock()
				right.Unlock()
			}
			left.Lock()
			right.Lock()
			right.Unlock()
			left.Unlock()
		}()
	}
	wg.Wait()
}
