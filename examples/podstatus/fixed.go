package podstatus

import "sync"

// FixedManager announces a change after it has given the lock back.
type FixedManager struct {
	podStatusesLock  sync.Mutex
	podStatuses      map[string]string
	podStatusChannel chan string
	synced           int
}

// NewFixedManager returns a FixedManager whose syncing loop is not started yet.
func NewFixedManager() *FixedManager {
	return &FixedManager{podStatuses: make(map[string]string), podStatusChannel: make(chan string)}
}

// Start runs the syncing loop in the background until Stop.
func (m *FixedManager) Start() {
	go func() {
		for pod := range m.podStatusChannel {
			m.syncPod(pod)
		}
	}()
}

func (m *FixedManager) syncPod(pod string) {
	m.podStatusesLock.Lock()
	defer m.podStatusesLock.Unlock()
	if m.podStatuses[pod] != "" {
		m.synced++
	}
}

// SetPodStatus records the status and announces it.
func (m *FixedManager) SetPodStatus(pod, status string) {
	m.podStatusesLock.Lock()
	m.podStatuses[pod] = status
	m.podStatusesLock.Unlock()
	m.podStatusChannel <- pod
}

// Stop ends the syncing loop.
func (m *FixedManager) Stop() { close(m.podStatusChannel) }
