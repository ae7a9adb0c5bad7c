package steady

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
)

func TestBusy(t *testing.T) {
	var mu [4]sync.Mutex
	var n atomic.Int32
	var counts [4]int
	ctx, cancel := context.WithCancel(context.Background())
	ch := make(chan int, 3)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for p := range 4 {
				i := (w + p) % 4
				mu[i].Lock()
				counts[i]++
				mu[i].Unlock()
				n.Add(1)
				select {
				case ch <- p:
				case <-ctx.Done():
				default:
				}
			}
		}()
	}
	wg.Wait()
	cancel()
	if n.Load() != 32 {
		t.Error("lost")
	}
}
