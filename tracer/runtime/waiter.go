package lockstep

import "unsafe"

// attempt is one blocked operation; the cases of a select share one.
type attempt struct {
	edges attemptEdges
	done  bool
	index int // of the case that completed
}

// waiter is one place in a channel's queue.
type waiter struct {
	g       *routine
	site    uint32
	op      operation // send, receive or select
	attempt *attempt
	index   int            // case index
	value   unsafe.Pointer // where the value is, or goes to
	ok      bool
	closed  bool // a sender that must panic
}

// holder is a waiter with the value itself.
type holder[T any] struct {
	waiter
	value T
}

//go:norace
func newHolder[T any](w waiter) *holder[T] {
	h := &holder[T]{waiter: w}
	h.waiter.value = unsafe.Pointer(&h.value)
	return h
}

// complete takes the waiter out of all queues: the others skip it by attempt.done.
func (w *waiter) complete(r *run) {
	w.attempt.done = true
	w.attempt.index = w.index
	w.attempt.raceCompleted()
	r.ready(w.g)
}

// arguments of a select event.
const (
	directionSend    = 1
	directionReceive = 2
)

// emit writes the completion of w's operation, which had to wait.
func (w *waiter) emit(r *run, object uint32, direction int32) uint32 {
	as := operationAs{w.op, w.site, w.index}
	return as.write(r, w.g, phaseWake, object, direction)
}

func firstWaiter(queue *[]*waiter) *waiter {
	for len(*queue) > 0 {
		w := (*queue)[0]
		(*queue)[0], *queue = nil, (*queue)[1:] // keeps no value alive
		if !w.attempt.done {
			return w
		}
	}
	return nil
}

func anyWaiter(queue *[]*waiter) bool {
	for len(*queue) > 0 {
		if !(*queue)[0].attempt.done {
			return true
		}
		(*queue)[0], *queue = nil, (*queue)[1:]
	}
	return false
}
