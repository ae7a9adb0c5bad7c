package lockstep

import (
	"sync"
	"sync/atomic"
	"testing"
)

// Programs whose bugs are rare: what matters lies far apart, in operations or in preemptions.

// busy does so many operations that concern nobody else.
func busy(site uint32, times int) {
	var n atomic.Int32
	for range times {
		AtomicLoad(site, &n).Load()
	}
}

// There is nothing to choose.
func TestProgramAlone(t *testing.T) {
	defer begin(t).Return()
	Go0(2, func() {}).Call()
}

// One has its first lock long before the other comes to its own.
func TestProgramLateCycle(t *testing.T) {
	defer begin(t).Return()
	var a, b sync.Mutex
	Go0(2, func() {
		busy(3, 40)
		Lock(4, &a)
		Lock(5, &b)
		Unlock(6, &b)
		Unlock(7, &a)
	}).Call()
	Lock(8, &b)
	Lock(9, &a)
	Unlock(10, &a)
	Unlock(11, &b)
}

// An update is lost when the late store comes between the load and the store of the test.
func TestProgramLateStore(t *testing.T) {
	defer begin(t).Return()
	var n atomic.Int32
	var wg sync.WaitGroup
	WaitGroupGo(2, &wg, func() {
		busy(3, 40)
		Atomic(4, &n).Add(1)
	})
	seen := AtomicLoad(5, &n).Load()
	Atomic(6, &n).Store(seen + 1)
	WaitGroupWait(7, &wg)
	if n.Load() != 2 {
		t.Error("an update was lost")
	}
}

// The channel is closed long after it is sent to, if nothing is slow.
func TestProgramEarlyClose(t *testing.T) {
	defer begin(t).Return()
	ch := Made(2, make(chan int, 1))
	Go0(3, func() { To(4, ch).Send(1) }).Call()
	busy(5, 40)
	Close(6, ch)
}

// The test has to load between the two stores, and again after them: depth 3.
func TestProgramTwoStores(t *testing.T) {
	defer begin(t).Return()
	var n atomic.Int32
	done := Made(2, make(chan int))
	Go0(3, func() {
		busy(4, 3)
		Atomic(5, &n).Store(1)
		Atomic(6, &n).Store(2)
		busy(7, 3)
		Close(8, done)
	}).Call()
	busy(9, 3)
	first := AtomicLoad(10, &n).Load()
	if second := AtomicLoad(11, &n).Load(); first == 1 && second == 2 {
		t.Error("both were seen")
	}
	Receive(12, done)
}

// One look at a counter that goes to 40, at one moment.
func TestProgramExactMoment(t *testing.T) {
	defer begin(t).Return()
	var n atomic.Int32
	done := Made(2, make(chan int))
	Go0(3, func() {
		for range 40 {
			Atomic(4, &n).Add(1)
		}
		Close(5, done)
	}).Call()
	if AtomicLoad(6, &n).Load() == 29 {
		t.Error("29 was seen")
	}
	Receive(7, done)
}

// Two interleavings, of which none says what is drawn in them.
func TestProgramDraws(t *testing.T) {
	defer begin(t).Return()
	done := Made(2, make(chan int, 2))
	for range 2 {
		Go0(3, func() { To(4, done).Send(Random.Intn(20)) }).Call()
	}
	if first := Receive(5, done); first == Receive(5, done) && first == 13 {
		t.Error("13 twice")
	}
}

var closedEarly = func() chan int { ch := make(chan int); close(ch); return ch }()

// Both cases can be taken each time, as one of the channels was closed before the run.
func TestProgramClosedBefore(t *testing.T) {
	defer begin(t).Return()
	jobs := Made(2, make(chan int, 8))
	for range 8 {
		To(3, jobs).Send(1)
	}
	for range 8 {
		a, b := OnReceive(jobs), OnReceive(closedEarly)
		if Select(4, false, a, b) == 1 {
			break
		}
	}
}

// Spins until another goroutine has stored.
func TestProgramAwaits(t *testing.T) {
	defer begin(t).Return()
	var n atomic.Int32
	for range 2 {
		Go0(2, func() { Atomic(3, &n).Add(1) }).Call()
	}
	for AtomicLoad(4, &n).Load() < 2 {
		Gosched(5)
	}
}
