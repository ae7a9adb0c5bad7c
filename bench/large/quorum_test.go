package large

import (
	"sync/atomic"
	"testing"
)

// Six members who log before and after they join. The waiter is lost when all of them have looked before it waits, and
// none is ready when it looks.
func TestChattyQuorum(t *testing.T) {
	const members, lines = 6, 12
	var waiting atomic.Bool
	var ready, logged atomic.Int32
	wake := make(chan struct{}, members)
	for range members {
		go func() {
			for range lines {
				logged.Add(1)
			}
			if waiting.Load() {
				wake <- struct{}{}
			}
			ready.Add(1)
			for range lines {
				logged.Add(1)
			}
		}()
	}
	for range lines {
		logged.Add(1)
	}
	waiting.Store(true)
	if ready.Load() == 0 {
		<-wake
	}
}
