package lockstep

import (
	"errors"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"time"
)

func begin(t *testing.T) Guard {
	if theProcess == nil {
		t.Skip("only as a program under control")
	}
	return Test(1, t, t.Name())
}

func statusManager(sendInside bool) {
	var mu sync.Mutex
	ch := Made(2, make(chan int))
	Go0(3, func() {
		for l, v := Range(4, ch); l.Next(&v); {
			Lock(5, &mu)
			Unlock(6, &mu)
		}
	}).Call()
	var wg sync.WaitGroup
	for i := range 2 {
		WaitGroupAdd(7, &wg, 1)
		Go1(8, func(i int) {
			defer WaitGroupDone(9, &wg)
			Lock(10, &mu)
			if sendInside {
				To(11, ch).Send(i)
			}
			Unlock(12, &mu)
			if !sendInside {
				To(11, ch).Send(i)
			}
		}).Call(i)
	}
	WaitGroupWait(13, &wg)
	Close(14, ch)
}

func TestProgramStatusManager(t *testing.T) {
	defer begin(t).Return()
	statusManager(true)
}

func TestProgramFixedStatusManager(t *testing.T) {
	defer begin(t).Return()
	statusManager(false)
}

func TestProgramABBA(t *testing.T) {
	defer begin(t).Return()
	var a, b sync.Mutex
	Go0(2, func() {
		Lock(3, &a)
		Lock(4, &b)
		Unlock(5, &b)
		Unlock(6, &a)
	}).Call()
	Lock(7, &b)
	Lock(8, &a)
	Unlock(9, &a)
	Unlock(10, &b)
}

// A timeout that comes first leaves the sender behind, although it is due later.
func TestProgramTimeout(t *testing.T) {
	defer begin(t).Return()
	ch := Made(2, make(chan int))
	Go0(3, func() {
		Sleep(4, time.Millisecond)
		To(5, ch).Send(1)
	}).Call()
	switch a, b := OnReceive(ch), OnReceive(After(6, time.Second)); Select(7, false, a, b) {
	case 0:
	default:
	}
}

func TestProgramBuffered(t *testing.T) {
	defer begin(t).Return()
	ch := Made(2, make(chan int, 2))
	Go0(3, func() {
		for i := range 6 {
			To(4, ch).Send(i)
		}
		Close(5, ch)
	}).Call()
	want := 0
	for l, v := Range(6, ch); l.Next(&v); {
		if v != want {
			t.Errorf("got %d, want %d", v, want)
		}
		want++
	}
	if want != 6 {
		t.Errorf("%d values of 6", want)
	}
}

func TestProgramSelect(t *testing.T) {
	defer begin(t).Return()
	in, out := Made(2, make(chan int)), Made(2, make(chan int, 1))
	Go0(3, func() { To(4, in).Send(1) }).Call()
	Go0(5, func() { Receive(6, out) }).Call()
	for received, sent := false, false; !received || !sent; {
		from, to := in, out
		if received {
			from = nil
		}
		if sent {
			to = nil
		}
		switch a, b := OnReceive(from), OnSend(to).Of(2); Select(7, false, a, b) {
		case 0:
			received = a.Value == 1 && a.OK
		default:
			sent = true
		}
	}
}

// A reader that waits for another reader while a writer waits between them.
func TestProgramWriterPreference(t *testing.T) {
	defer begin(t).Return()
	var rw sync.RWMutex
	inside := Made(2, make(chan int))
	Go0(3, func() {
		RLock(4, &rw)
		To(5, inside).Send(1)
		RLock(6, &rw)
		RUnlock(7, &rw)
		RUnlock(8, &rw)
	}).Call()
	Receive(9, inside)
	RWLock(10, &rw)
	RWUnlock(11, &rw)
}

func TestProgramOnce(t *testing.T) {
	defer begin(t).Return()
	var once sync.Once
	var wg sync.WaitGroup
	times := 0
	for range 3 {
		WaitGroupGo(2, &wg, func() {
			OnceDo(3, &once, func() { Sleep(4, time.Millisecond); times++ })
			if times != 1 {
				t.Errorf("passed Do before it was done: %d", times)
			}
		})
	}
	WaitGroupWait(5, &wg)
}

func TestProgramOnceAgain(t *testing.T) {
	defer begin(t).Return()
	var once sync.Once
	OnceDo(2, &once, func() { OnceDo(3, &once, func() {}) })
}

func TestProgramCond(t *testing.T) {
	defer begin(t).Return()
	var mu sync.Mutex
	c := sync.NewCond(&mu)
	ready := false
	Go0(2, func() {
		LockerLock(3, c.L)
		ready = true
		CondBroadcast(4, c)
		LockerUnlock(5, c.L)
	}).Call()
	LockerLock(6, c.L)
	for !ready {
		CondWait(7, c)
	}
	LockerUnlock(8, c.L)
}

func TestProgramSendOnClosed(t *testing.T) {
	defer begin(t).Return()
	ch := Made(2, make(chan int, 1))
	Go0(3, func() { To(4, ch).Send(1) }).Call()
	Close(5, ch)
}

func TestProgramUnlocked(t *testing.T) {
	defer begin(t).Return()
	var mu sync.Mutex
	Unlock(2, &mu)
}

func TestProgramSubtests(t *testing.T) {
	defer begin(t).Return()
	ch := Made(2, make(chan int))
	Go0(3, func() { To(4, ch).Send(1) }).Call()
	Run(5, t, "first", func(t *testing.T) {
		Parallel(6, t)
		t.Cleanup(func() { Sleep(7, time.Second) })
		if Receive(8, ch) != 1 {
			t.FailNow()
		}
	})
	Run(9, t, "second", func(t *testing.T) { Gosched(10) })
}

func TestProgramFails(t *testing.T) {
	defer begin(t).Return()
	ch := Made(2, make(chan int, 2))
	Go0(3, func() { To(4, ch).Send(1) }).Call()
	Go0(5, func() { To(6, ch).Send(2) }).Call()
	if Receive(7, ch) != 1 {
		t.Fatal("the second came first")
	}
}

// A goroutine that is not the run's sends to one that is.
func TestProgramForeign(t *testing.T) {
	defer begin(t).Return()
	ch := make(chan int)
	wait := make(chan int)
	go func() {
		ch <- 1
		<-wait
	}()
	if Receive(2, ch) != 1 {
		t.Error("not what was sent")
	}
	wait <- 1
}

// What the run waits for takes a goroutine that is none of its own longer than one that rests is waited for.
func TestProgramForeignComputes(t *testing.T) {
	defer begin(t).Return()
	ch := make(chan int)
	go func() {
		for began := time.Now(); time.Since(began) < 300*time.Millisecond; {
			runtime.Gosched()
		}
		ch <- 1
	}()
	if Receive(2, ch) != 1 {
		t.Error("not what was sent")
	}
}

func TestProgramForeignHang(t *testing.T) {
	defer begin(t).Return()
	<-make(chan int)
}

func TestProgramReflectGo(t *testing.T) {
	defer begin(t).Return()
	ch := Made(2, make(chan int, 3))
	send := func(prefix int, values ...int) error {
		for _, v := range values {
			To(3, ch).Send(prefix + v)
		}
		return errors.New("nobody sees this")
	}
	go GoFunc(4, send)(10, 1, 2, 3)
	Spawned(4)
	if sum := Receive(5, ch) + Receive(6, ch) + Receive(7, ch); sum != 36 {
		t.Errorf("sum %d", sum)
	}
}

func TestProgramTicker(t *testing.T) {
	defer begin(t).Return()
	ticker := NewTicker(2, time.Minute)
	defer TickerStop(3, ticker)
	start := Now()
	for range 3 {
		Receive(4, ticker.C)
	}
	if passed := Since(start); passed < 3*time.Minute {
		t.Errorf("three ticks of a minute took %v", passed)
	}
	late := NewTimer(5, time.Hour)
	if !TimerStop(6, late) || TimerReset(7, late, time.Second) {
		t.Error("Stop or Reset are wrong about whether the timer was running")
	}
	Receive(8, late.C)
}

// What is sent through reflection wakes a receiver all the same.
func TestProgramReflectSend(t *testing.T) {
	defer begin(t).Return()
	ch := Made(2, make(chan int, 1))
	Go0(3, func() {
		Gosched(4)
		reflect.ValueOf(ch).Send(reflect.ValueOf(1))
	}).Call()
	Receive(5, ch)
}

// A ticker that nobody listens to any more does not keep the run going.
func TestProgramDeafTicker(t *testing.T) {
	defer begin(t).Return()
	ticker := NewTicker(2, time.Nanosecond)
	defer TickerStop(3, ticker)
	Receive(4, ticker.C)
	Receive(5, make(chan int))
}

func TestProgramSpins(t *testing.T) {
	defer begin(t).Return()
	for {
		Gosched(2)
	}
}

func TestProgramNil(t *testing.T) {
	defer begin(t).Return()
	var ch chan int
	Receive(2, ch)
}
