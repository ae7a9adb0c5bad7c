package lockstep

import (
	"container/heap"
	"time"
)

// stepCost is how long one step takes in virtual time: sleepers wake although somebody spins meanwhile.
const stepCost = int64(time.Microsecond)

// clock is virtual time: it passes slowly while goroutines move and jumps to the next timer when none can.
type clock struct {
	epoch      int64 // Unix nanoseconds at the start of the run
	elapsed    int64 // nanoseconds since
	drainLimit int64 // after the test has returned, time does not pass beyond this; 0: no limit
	alarms     alarmHeap
	sequence   int
	still      bool // steps take no time
	reads      int  // of the clock by the program
}

// alarm is one pending timer.
type alarm struct {
	when     int64 // elapsed nanoseconds
	sequence int
	index    int // in the heap, -1 when not in it
	period   int64
	fire     func(r *run)
	idle     func() bool // firing would change nothing: a tick that nobody has taken lies there; nil: never so
}

type alarmHeap []*alarm

func (h alarmHeap) Len() int { return len(h) }
func (h alarmHeap) Less(i, j int) bool {
	if h[i].when != h[j].when {
		return h[i].when < h[j].when
	}
	return h[i].sequence < h[j].sequence
}
func (h alarmHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *alarmHeap) Push(x any) {
	a := x.(*alarm)
	a.index = len(*h)
	*h = append(*h, a)
}
func (h *alarmHeap) Pop() any {
	old := *h
	a := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	a.index = -1
	return a
}

func (c *clock) set(a *alarm, after time.Duration) {
	c.stop(a)
	c.sequence++
	a.sequence = c.sequence
	a.when = c.elapsed + max(int64(after), 0)
	if a.when < c.elapsed { // overflow: for ever
		a.when = 1<<63 - 1
	}
	heap.Push(&c.alarms, a)
}

// stop takes the alarm out; false when it was not pending.
func (c *clock) stop(a *alarm) bool {
	if a.index < 0 || a.index >= len(c.alarms) || c.alarms[a.index] != a {
		return false
	}
	heap.Remove(&c.alarms, a.index)
	return true
}

// earliest is the first alarm that would change something, nil when there is none: without this difference a
// ticker nobody listens to would let time pass for ever.
func (c *clock) earliest() *alarm {
	var first *alarm
	for _, a := range c.alarms {
		if (first == nil || a.when < first.when) && (a.idle == nil || !a.idle()) {
			first = a
			if a.index == 0 {
				break
			}
		}
	}
	if first != nil && c.drainLimit != 0 && first.when > c.drainLimit {
		return nil
	}
	return first
}

func (c *clock) pending() bool { return c.earliest() != nil }

// Arguments of a jump of the clock.
const (
	inTime      = 0
	aheadOfTime = 1 // somebody could still have run
)

// jump moves time to the next alarm that matters; false when there is none.
func (c *clock) jump(r *run, how int32) bool {
	first := c.earliest()
	if first == nil {
		return false
	}
	c.elapsed = max(c.elapsed, first.when)
	r.setArgument(r.emit(opClock, phaseDone, r.routines[0], none, none), how)
	return true
}

// fireDue runs every alarm whose time has come.
func (c *clock) fireDue(r *run) {
	for len(c.alarms) > 0 && c.alarms[0].when <= c.elapsed {
		a := c.alarms[0]
		if a.period > 0 {
			a.when += (c.elapsed-a.when)/a.period*a.period + a.period // ticks that were missed are dropped, as in Go
			heap.Fix(&c.alarms, 0)
		} else {
			heap.Pop(&c.alarms)
		}
		a.fire(r)
	}
}

// stepped lets the time of one step pass.
func (c *clock) stepped() {
	if !c.still {
		c.elapsed += stepCost
	}
}

// patience is how often the clock is read before it moves although it stands still: somebody waits for it.
const patience = 1 << 10

// read is a look at the clock, which moves it: loops that wait for time to pass come to an end.
func (c *clock) read() time.Time {
	if c.reads++; !c.still || c.reads > patience {
		c.elapsed += readingCost
	}
	return c.now()
}

func (c *clock) now() time.Time { return time.Unix(0, c.epoch+c.elapsed) }
