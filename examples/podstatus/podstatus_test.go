package podstatus

import (
	"sync"
	"testing"
)

// Two setters and a syncing loop: the second setter may announce while the loop waits for the lock.
func TestSetPodStatus(t *testing.T) {
	manager := NewManager()
	manager.Start()
	var setters sync.WaitGroup
	for _, pod := range []string{"web-0", "web-1"} {
		setters.Add(1)
		go func() {
			defer setters.Done()
			manager.SetPodStatus(pod, "Running")
		}()
	}
	setters.Wait()
	manager.Stop()
}

func TestFixedSetPodStatus(t *testing.T) {
	manager := NewFixedManager()
	manager.Start()
	var setters sync.WaitGroup
	for _, pod := range []string{"web-0", "web-1"} {
		setters.Add(1)
		go func() {
			defer setters.Done()
			manager.SetPodStatus(pod, "Running")
		}()
	}
	setters.Wait()
	manager.Stop()
}
