package lockstep

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Small programs, drawn at random. Each operation notes what it has seen, so that two interleavings that have the same
// notes differ in nothing that the program could tell.

const drawnVariable = "LOCKSTEP_DRAWN_PROGRAM"

type drawnOperation struct {
	Op   string           `json:"op"`
	On   int              `json:"on"`
	Body []drawnOperation `json:"body,omitempty"`
}

type drawnProgram struct {
	Capacities []int              `json:"capacities"`
	Routines   [][]drawnOperation `json:"routines"` // the first is the test's
	Waits      bool               `json:"waits"`    // the test waits for the others
}

type drawnState struct {
	channels []chan int
	mutexes  [2]sync.Mutex
	order    [2]int // of critical sections
	rw       sync.RWMutex
	writes   int
	atoms    [2]atomic.Int64
	once     sync.Once
	group    sync.WaitGroup
	cond     *sync.Cond
	variable int
	notes    [][]int
	values   int
}

func (s *drawnState) note(g int, seen ...int) { s.notes[g] = append(s.notes[g], seen...) }

func (s *drawnState) do(g int, list []drawnOperation) {
	for _, o := range list {
		value := g*100 + len(s.notes[g])
		switch o.Op {
		case "lock":
			Lock(10, &s.mutexes[o.On])
			s.order[o.On]++
			s.note(g, s.order[o.On])
			s.do(g, o.Body)
			Unlock(11, &s.mutexes[o.On])
		case "trylock":
			if TryLock(12, &s.mutexes[o.On]) {
				s.order[o.On]++
				s.note(g, s.order[o.On])
				s.do(g, o.Body)
				Unlock(13, &s.mutexes[o.On])
			} else {
				s.note(g, -1)
			}
		case "rlock":
			RLock(14, &s.rw)
			s.note(g, s.writes)
			s.do(g, o.Body)
			RUnlock(15, &s.rw)
		case "wlock":
			RWLock(16, &s.rw)
			s.writes++
			s.note(g, s.writes)
			s.do(g, o.Body)
			RWUnlock(17, &s.rw)
		case "send":
			To(18, s.channels[o.On]).Send(value)
			s.note(g, 1)
		case "receive":
			v, ok := Receive2(19, s.channels[o.On])
			s.note(g, v)
			if !ok {
				s.note(g, -1)
			}
		case "close":
			Close(20, s.channels[o.On])
		case "len":
			s.note(g, len(Len(21, s.channels[o.On])))
		case "select", "poll":
			other := (o.On + 1) % len(s.channels)
			a, b := OnReceive(s.channels[o.On]), OnSend(s.channels[other]).Of(value)
			switch Select(22, o.Op == "poll", a, b) {
			case 0:
				s.note(g, a.Value)
			case 1:
				s.note(g, -2)
			default:
				s.note(g, -3)
			}
		case "either":
			other := (o.On + 1) % len(s.channels)
			a, b := OnReceive(s.channels[o.On]), OnReceive(s.channels[other])
			if Select(23, false, a, b) == 0 {
				s.note(g, a.Value)
			} else {
				s.note(g, -b.Value)
			}
		case "add":
			s.note(g, int(Atomic(24, &s.atoms[o.On]).Add(1)))
		case "load":
			s.note(g, int(AtomicLoad(25, &s.atoms[o.On]).Load()))
		case "once":
			OnceDo(26, &s.once, func() {
				s.note(g, 1)
				s.do(g, o.Body)
			})
			s.note(g, 0)
		case "wait":
			LockerLock(27, s.cond.L)
			CondWait(28, s.cond)
			LockerUnlock(29, s.cond.L)
		case "signal":
			CondSignal(30, s.cond)
		case "broadcast":
			CondBroadcast(31, s.cond)
		case "yield":
			Gosched(32)
		case "sleep":
			Sleep(33, time.Duration(o.On+1)*time.Millisecond)
		case "read":
			s.note(g, *Read(34, &s.variable))
		case "write":
			*Write(35, &s.variable) = value
		case "group":
			WaitGroupAdd(36, &s.group, 1)
			s.do(g, o.Body)
			WaitGroupDone(37, &s.group)
		case "random":
			s.note(g, Random.Intn(1000))
		}
	}
}

func TestProgramDrawn(t *testing.T) {
	defer begin(t).Return()
	var p drawnProgram
	if err := json.Unmarshal([]byte(os.Getenv(drawnVariable)), &p); err != nil {
		t.Fatal(err)
	}
	s := &drawnState{notes: make([][]int, len(p.Routines))}
	s.cond = sync.NewCond(&s.mutexes[0])
	if r := theRun.Load(); r != nil {
		observe(r, s)
	}
	for _, capacity := range p.Capacities {
		ch := Made(2, make(chan int, capacity))
		for i := range capacity / 2 { // so that less waits for ever
			ch <- i
		}
		s.channels = append(s.channels, ch)
	}
	for g := 1; g < len(p.Routines); g++ {
		if p.Waits {
			WaitGroupAdd(3, &s.group, 1)
		}
		Go0(4, func() {
			if p.Waits {
				defer WaitGroupDone(5, &s.group)
			}
			s.do(g, p.Routines[g])
		}).Call()
	}
	s.do(0, p.Routines[0])
	if p.Waits {
		WaitGroupWait(6, &s.group)
	}
}

// observing writes what the goroutines of each run have seen.
type observing struct {
	planner
	s *drawnState
}

func observe(r *run, s *drawnState) {
	if o, ok := r.process.planner.(*observing); ok {
		o.s = s
		return
	}
	r.process.planner = &observing{r.process.planner, s}
}

func (o *observing) progress() progress { return o.planner.(systematic).progress() }

func (o *observing) ended(r *run) {
	o.planner.ended(r)
	waits := make([]string, 0, len(r.routines))
	for _, g := range r.routines[1:] {
		if g.status == statusBlocked && r.outcome != "panic" {
			waits = append(waits, g.path+operationNames[g.waitOp])
		}
	}
	redundant := o.progress().Redundant
	text := fmt.Sprintln(redundant, r.outcome, r.message, o.s.notes, waits)
	file, err := os.OpenFile(filepath.Join(r.process.config.Out, "observed"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.WriteString(text)
	}
	if err != nil {
		panic(err)
	}
	file.Close()
}

// drawProgram draws a program with a few goroutines of a few operations.
func drawProgram(source *rand.Rand, kinds []string, routines, operations int) drawnProgram {
	p := drawnProgram{Waits: source.IntN(3) > 0}
	for range 2 {
		p.Capacities = append(p.Capacities, source.IntN(6))
	}
	var draw func(depth, most int) []drawnOperation
	draw = func(depth, most int) []drawnOperation {
		var list []drawnOperation
		for range (most+1)/2 + source.IntN(most/2+1) {
			o := drawnOperation{Op: kinds[source.IntN(len(kinds))], On: source.IntN(2)}
			if depth < 2 && source.IntN(3) == 0 {
				o.Body = draw(depth+1, 1)
			}
			list = append(list, o)
		}
		return list
	}
	for range routines {
		p.Routines = append(p.Routines, draw(0, operations))
	}
	return p
}

// Waits for time to pass by looking at the clock.
func TestProgramImpatient(t *testing.T) {
	defer begin(t).Return()
	for start := Now(); Since(start) < time.Millisecond; {
	}
}

// The lock is taken only within one step.
func TestProgramTries(t *testing.T) {
	defer begin(t).Return()
	var mu sync.Mutex
	Go0(2, func() {
		Lock(3, &mu)
		Unlock(4, &mu)
	}).Call()
	if !TryLock(5, &mu) {
		t.Fatal("taken")
	}
	Unlock(6, &mu)
}

// Two that sleep equally long after one has done more than the other.
func TestProgramSleepers(t *testing.T) {
	defer begin(t).Return()
	var first atomic.Int32
	Go0(2, func() {
		Sleep(3, time.Millisecond)
		Atomic(4, &first).CompareAndSwap(0, 1)
	}).Call()
	Gosched(5)
	Gosched(6)
	Sleep(7, time.Millisecond)
	Gosched(8)
	if !Atomic(9, &first).CompareAndSwap(0, 2) {
		t.Fatal("the other was faster")
	}
}

// Each of three passes on what it was given.
func TestProgramFeedsBack(t *testing.T) {
	defer begin(t).Return()
	var mu sync.Mutex
	links := []chan int{Made(2, make(chan int)), Made(2, make(chan int)), Made(2, make(chan int))}
	for i := range 3 {
		Go0(3, func() {
			for range 2 {
				value := Receive(4, links[i])
				Lock(5, &mu)
				value++
				Unlock(6, &mu)
				if i < 2 {
					To(7, links[i+1]).Send(value)
				}
			}
		}).Call()
	}
	To(8, links[0]).Send(1)
	Lock(9, &mu)
	Unlock(10, &mu)
	To(11, links[0]).Send(2)
}

// A wait group is used again while somebody has not returned from waiting for it.
func TestProgramReuses(t *testing.T) {
	defer begin(t).Return()
	var wg sync.WaitGroup
	WaitGroupAdd(2, &wg, 1)
	Go0(3, func() {
		WaitGroupDone(4, &wg)
		WaitGroupAdd(5, &wg, 1)
		Gosched(8)
		WaitGroupDone(6, &wg)
	}).Call()
	WaitGroupWait(7, &wg)
}
