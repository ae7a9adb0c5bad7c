package lockstep

import (
	"sync"
	"unsafe"
)

// wouldWait says that g is about to begin an operation for which it would have to wait until others let go of a lock, a
// wait group or a Once. woken: it has waited already.
func (r *run) wouldWait(g *routine, woken bool) bool {
	on := g.pendingOn
	switch g.pending {
	case opLock:
		if s := r.mutexes.get(on); s != nil {
			return s.holder != nil
		}
		if s := r.rwlocks.get(on); s != nil {
			return s.owner != nil && s.owner != g
		}
	case opRLock:
		if s := r.rwlocks.get(on); s != nil {
			return s.owner != nil && !oneOf(s.granted, g)
		}
	case opWaitGroupWait:
		if s := r.groups.get(on); s != nil && !woken {
			return s.count((*sync.WaitGroup)(on)) > 0
		}
	case opSend:
		s := r.channels.get(on)
		return lengthAt(on) == capacityAt(on) && (s == nil || !s.closed && !anyWaiter(&s.receivers))
	case opReceive:
		s := r.channels.get(on)
		return lengthAt(on) == 0 && (s == nil || !s.closed && !s.timer && !anyWaiter(&s.senders))
	case opOnce:
		if s := r.onces.get(on); s != nil {
			return s.running != nil && s.running != g
		}
	}
	return false
}

// The runtime's channel header begins with the number of values in the buffer, and has its size next, since Go 1.

func lengthAt(channel unsafe.Pointer) int { return int(*(*uint)(channel)) }

func capacityAt(channel unsafe.Pointer) int {
	return int(*(*uint)(unsafe.Add(channel, unsafe.Sizeof(uint(0)))))
}
