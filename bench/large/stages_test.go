package large

import (
	"sync"
	"testing"
)

// Ten workers take part in six phases, each under one of four locks; a monitor reads one counter after the other. It must
// see the second ahead of the first and the fourth ahead of the third, whole phases apart.
func TestTornReport(t *testing.T) {
	const workers, phases = 10, 6
	var mu [4]sync.Mutex
	var counts [4]int
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range phases {
				for i := range mu {
					mu[i].Lock()
					counts[i]++
					mu[i].Unlock()
				}
			}
		}()
	}
	var seen [4]int
	for i := range mu {
		mu[i].Lock()
		seen[i] = counts[i]
		mu[i].Unlock()
	}
	wg.Wait()
	if seen[0] > 0 && seen[1] > seen[0]+8 && seen[2] < seen[1]+2 && seen[3] > seen[2]+8 {
		t.Errorf("torn: %v", seen)
	}
}
