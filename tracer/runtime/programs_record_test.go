package lockstep

import (
	"sync"
	"testing"
)

// Tests that are recorded as Go runs them.

var meeting = make(chan int)

// These two wait for each other.
func TestProgramRecordedHere(t *testing.T) {
	defer begin(t).Return()
	Parallel(2, t)
	To(3, meeting).Send(1)
	Receive(4, meeting)
}

func TestProgramRecordedThere(t *testing.T) {
	defer begin(t).Return()
	Parallel(5, t)
	Receive(6, meeting)
	To(7, meeting).Send(1)
}

func TestProgramRecordedFails(t *testing.T) {
	defer begin(t).Return()
	Run(8, t, "sub", func(t *testing.T) {
		Parallel(9, t)
		t.FailNow()
	})
}

func TestProgramRecordedSkips(t *testing.T) {
	defer begin(t).Return()
	t.SkipNow()
}

// What t.Run, a parallel subtest's end and a timer order is no race.
func TestProgramRecordedOrder(t *testing.T) {
	defer begin(t).Return()
	n := 0
	t.Cleanup(func() { *Write(10, &n) = *Read(11, &n) + 1 })
	for range 2 {
		Run(12, t, "sub", func(t *testing.T) {
			*Write(13, &n)++
			Parallel(14, t)
		})
	}
	*Write(15, &n)++
	done := make(chan bool)
	AfterFunc(16, 1, func() {
		*Write(17, &n)++
		Close(18, done)
	})
	Receive(19, done)
	*Write(20, &n)++
	var wg sync.WaitGroup
	WaitGroupAdd(23, &wg, 1)
	go GoFunc(24, func(n *int, more ...int) {
		*Write(25, n)++
		WaitGroupDone(26, &wg)
	})(&n)
	Spawned(24)
	WaitGroupWait(27, &wg)
	*Write(28, &n)++
}

func TestProgramRecordedPanic(t *testing.T) {
	defer begin(t).Return()
	Go0(29, exploding).Call()
	Receive(30, meeting)
}

func exploding() { panic("boom") }
