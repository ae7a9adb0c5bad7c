package lockstep

import (
	"io"
	"log"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

// Ways in which tests and their goroutines end.

// Two parallel subtests that wait for each other need to run at the same time.
func TestProgramParallel(t *testing.T) {
	defer begin(t).Return()
	there, back := Made(2, make(chan int)), Made(3, make(chan int))
	var order []string
	t.Cleanup(func() {
		if len(order) != 4 || order[0] != "returned" || order[3] != "ended" {
			t.Errorf("order %v", order)
		}
	})
	Run(4, t, "group", func(t *testing.T) {
		t.Cleanup(func() {
			Gosched(5)
			order = append(order, "ended")
		})
		Run(6, t, "ping", func(t *testing.T) {
			Parallel(7, t)
			To(8, there).Send(1)
			Receive(9, back)
			order = append(order, "ping")
		})
		Run(10, t, "pong", func(t *testing.T) {
			Parallel(11, t)
			Receive(12, there)
			To(13, back).Send(1)
			Yielding(t, 14)
			order = append(order, "pong")
		})
		order = append(order, "returned")
	})
}

// Yielding makes the caller's operations interleave with those of others.
func Yielding(t *testing.T, site uint32) {
	t.Helper()
	Gosched(site)
}

// The parallel subtests' order decides who finds the other's value.
func TestProgramParallelOrder(t *testing.T) {
	defer begin(t).Return()
	first := ""
	for _, name := range []string{"a", "b"} {
		Run(2, t, name, func(t *testing.T) {
			Parallel(3, t)
			Gosched(4)
			if first == "" {
				first = name
			} else if first == "b" {
				t.Fatal("b came first")
			}
		})
	}
}

// The second subtest's goroutine stays.
func TestProgramParallelLeak(t *testing.T) {
	defer begin(t).Return()
	for _, name := range []string{"a", "b"} {
		Run(2, t, name, func(t *testing.T) {
			Parallel(3, t)
			ch := Made(4, make(chan int))
			Go0(5, func() { To(6, ch).Send(1) }).Call()
			if name == "a" {
				Receive(7, ch)
			}
		})
	}
}

// The function waits for what its parallel subtest does, which waits for the function.
func TestProgramParallelStuck(t *testing.T) {
	defer begin(t).Return()
	ch := Made(2, make(chan int))
	Run(3, t, "sub", func(t *testing.T) {
		Parallel(4, t)
		To(5, ch).Send(1)
	})
	Receive(6, ch)
}

func TestProgramParallelNested(t *testing.T) {
	defer begin(t).Return()
	Parallel(2, t)
	var wg sync.WaitGroup
	WaitGroupAdd(3, &wg, 4)
	for range 2 {
		Run(4, t, "outer", func(t *testing.T) {
			Parallel(5, t)
			for range 2 {
				Run(6, t, "inner", func(t *testing.T) {
					Parallel(7, t)
					WaitGroupDone(8, &wg)
					WaitGroupWait(9, &wg)
				})
			}
		})
	}
}

func TestProgramParallelTwice(t *testing.T) {
	defer begin(t).Return()
	Run(2, t, "sub", func(t *testing.T) {
		Parallel(3, t)
		Parallel(4, t)
	})
}

func TestProgramParallelAfterSetenv(t *testing.T) {
	defer begin(t).Return()
	t.Setenv("LOCKSTEP_NOTHING", "1")
	Parallel(2, t)
}

func TestProgramLogsLate(t *testing.T) {
	defer begin(t).Return()
	logger := testing.TB(t)
	Go0(2, func() {
		Sleep(3, time.Second)
		logger.Log("late")
	}).Call()
}

func TestProgramFailsLate(t *testing.T) {
	defer begin(t).Return()
	Go0(2, func() {
		Sleep(3, time.Second)
		t.Fail()
	}).Call()
}

// In a test that is still running, other goroutines may log and fail.
func TestProgramLogsInTime(t *testing.T) {
	defer begin(t).Return()
	done := Made(2, make(chan int))
	Go0(3, func() {
		t.Log("in time")
		Close(4, done)
	}).Call()
	Receive(5, done)
	Run(6, t, "sub", func(t *testing.T) { t.Log("in time") })
}

// FailNow ends the goroutine that calls it, and that the test fails stays.
func TestProgramFailNowElsewhere(t *testing.T) {
	defer begin(t).Return()
	done := Made(2, make(chan int))
	Go0(3, func() {
		defer func() { Close(4, done) }()
		t.FailNow()
	}).Call()
	Receive(5, done)
}

func TestProgramSkips(t *testing.T) {
	defer begin(t).Return()
	Gosched(2)
	t.SkipNow()
}

func TestProgramGoexit(t *testing.T) {
	defer begin(t).Return()
	Gosched(2)
	runtime.Goexit()
}

func TestProgramGoexitElsewhere(t *testing.T) {
	defer begin(t).Return()
	done := Made(2, make(chan int))
	Go0(3, func() {
		defer func() { Close(4, done) }()
		runtime.Goexit()
	}).Call()
	Receive(5, done)
}

func TestProgramGoexitInSubtest(t *testing.T) {
	defer begin(t).Return()
	Run(2, t, "sub", func(t *testing.T) {
		Parallel(3, t)
		runtime.Goexit()
	})
}

// A subtest that fails its parent ends both, as without Lockstep.
func TestProgramFailsParent(t *testing.T) {
	defer begin(t).Return()
	Run(2, t, "sub", func(*testing.T) { t.FailNow() })
	panic("not reached")
}

func TestProgramExits(t *testing.T) {
	defer begin(t).Return()
	ch := Made(2, make(chan int, 2))
	Go0(3, func() { To(4, ch).Send(1) }).Call()
	Go0(5, func() { To(6, ch).Send(2) }).Call()
	if Receive(7, ch) == 2 {
		Exit(8, 3)
	}
}

func TestProgramExitsWithZero(t *testing.T) {
	defer begin(t).Return()
	Go0(2, func() { Exit(3, 0) }).Call()
}

func TestProgramFatal(t *testing.T) {
	defer begin(t).Return()
	Fatalf(2, log.New(io.Discard, "", 0).Fatalf)("no %s", "more")
}

// Nothing that is instrumented takes part in how the process ends.
func TestProgramDies(t *testing.T) {
	defer begin(t).Return()
	ch := Made(2, make(chan int, 2))
	Go0(3, func() { To(4, ch).Send(1) }).Call()
	Go0(5, func() { To(6, ch).Send(2) }).Call()
	switch a, b := OnReceive(ch), OnReceive(After(7, time.Second)); Select(8, false, a, b) {
	case 0:
		if a.Value == 2 {
			Gosched(9)
			os.Exit(7)
		}
	default:
	}
}

func TestProgramParallelGroup(t *testing.T) {
	defer begin(t).Return()
	var mu sync.Mutex
	Run(2, t, "group", func(t *testing.T) {
		for range 3 {
			Run(3, t, "one", func(t *testing.T) {
				Parallel(4, t)
				Lock(5, &mu)
				Unlock(6, &mu)
			})
		}
	})
}

var reachable, alsoReachable = make(chan int), make(chan int)

// What a package variable reaches is none of the leaks that Go's profile sees.
func TestProgramLeaks(t *testing.T) {
	defer begin(t).Return()
	for _, ch := range []chan int{Made(2, make(chan int)), reachable, nil} {
		Go0(3, func() { To(4, ch).Send(1) }).Call() // 1.1, 1.2, 1.3
	}
	guarded := &struct { // small objects share memory with others
		sync.Mutex
		value [4]*int
	}{}
	Lock(5, &guarded.Mutex)
	Go0(6, func() { Lock(7, &guarded.Mutex) }).Call() // 1.4
	var rw sync.RWMutex
	RLock(8, &rw)
	Go0(9, func() { RWLock(10, &rw) }).Call() // 1.5
	var wg sync.WaitGroup
	WaitGroupAdd(11, &wg, 1)
	Go0(12, func() { WaitGroupWait(13, &wg) }).Call() // 1.6
	c := sync.NewCond(new(sync.Mutex))
	Go0(14, func() { // 1.7
		LockerLock(15, c.L)
		CondWait(16, c)
	}).Call()
	Go0(17, func() { // 1.8
		Select(18, false, OnReceive(Made(19, make(chan int))), OnSend(Made(20, make(chan int))).Of(1))
	}).Call()
	Go0(21, func() { // 1.9
		Select(22, false, OnReceive(Made(23, make(chan int))), OnReceive(alsoReachable))
	}).Call()
}

// The test itself is stuck with another goroutine.
func TestProgramStuckWithProfile(t *testing.T) {
	defer begin(t).Return()
	a, b := Made(2, make(chan int)), Made(3, make(chan int))
	Go0(4, func() {
		Receive(5, a)
		Receive(6, b)
	}).Call()
	Receive(7, b)
}
