// Package podstatus keeps the status of pods and hands each change to a syncing loop.
//
// Manager is a condensed form of the status manager of Kubernetes whose deadlock is the opening example of
// "Effective Concurrency Testing for Go via Directional Primitive-Constrained Interleaving Exploration"
// (GoPie, ASE 2023, Fig. 1). FixedManager is its corrected twin.
package podstatus

import "sync"

// Manager announces each change while it holds the lock that the syncing loop needs.
type Manager struct {
	podStatusesLock  sync.Mutex
	podStatuses      map[string]string
	podStatusChannel chan string
	synced           int
}

// NewManager returns a Manager whose syncing loop is not started yet.
func NewManager() *Manager {
	return &Manager{podStatuses: make(map[string]string), podStatusChannel: make(chan string)}
}

// Start runs the syncing loop in the background until Stop.
func (m *Manager) Start() {
	go func() {
		for pod := range m.podStatusChannel {
			m.syncPod(pod)
		}
	}()
}

func (m *Manager) syncPod(pod string) {
	m.podStatusesLock.Lock()
	defer m.podStatusesLock.Unlock()
	if m.podStatuses[pod] != "" {
		m.synced++
	}
}

// SetPodStatus records the status and announces it.
func (m *Manager) SetPodStatus(pod, status string) {
	m.podStatusesLock.Lock()
	defer m.podStatusesLock.Unlock()
	m.podStatuses[pod] = status
	m.podStatusChannel <- pod
}

// Stop ends the syncing loop.
func (m *Manager) Stop() { close(m.podStatusChannel) }
