// Scheduling prints what Go's scheduler did in execution traces (runtime/trace), one JSON line for each file named.
// A file that cannot be read to its end gives the events before the fault, and the fault.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/exp/trace"
)

// line mirrors SchedulingLine in engine/dataset/scheduling.ts, which says what its fields mean.
type line struct {
	File    string     `json:"file"`
	Procs   uint64     `json:"procs"`
	Events  [][7]int64 `json:"events"`
	Reasons []string   `json:"reasons"`
	Stacks  [][]int    `json:"stacks"`
	Frames  []frame    `json:"frames"`
	Problem string     `json:"problem,omitempty"`
}

type frame struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     uint64 `json:"line"`
}

const (
	create = iota
	start
	block
	unblock
	yield
	end
	enterSyscall
	leaveSyscall
	known // in some state when tracing began
	other
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for _, path := range os.Args[1:] {
		if err := encoder.Encode(read(path)); err != nil {
			fmt.Fprintln(os.Stderr, "scheduling:", err)
			os.Exit(1)
		}
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "scheduling:", err)
		os.Exit(1)
	}
}

type reader struct {
	line
	began   trace.Time
	frames  map[frame]int
	stacks  map[trace.Stack]int
	reasons map[string]int
}

func read(path string) line {
	r := reader{
		line:    line{File: path, Events: [][7]int64{}, Reasons: []string{}, Stacks: [][]int{}, Frames: []frame{}},
		frames:  map[frame]int{},
		stacks:  map[trace.Stack]int{},
		reasons: map[string]int{},
	}
	if err := r.events(path); err != nil {
		r.Problem = err.Error()
	}
	return r.line
}

func (r *reader) events(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	events, err := trace.NewReader(bufio.NewReader(file))
	if err != nil {
		return err
	}
	for {
		event, err := events.ReadEvent()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.take(event)
	}
}

func (r *reader) take(event trace.Event) {
	if r.began == 0 {
		r.began = event.Time()
	}
	if event.Kind() == trace.EventMetric {
		if metric := event.Metric(); metric.Name == "/sched/gomaxprocs:threads" {
			r.Procs = metric.Value.Uint64()
		}
		return
	}
	if event.Kind() != trace.EventStateTransition {
		return
	}
	transition := event.StateTransition()
	if transition.Resource.Kind != trace.ResourceGoroutine {
		return
	}
	from, to := transition.Goroutine()
	kind := kindOf(from, to)
	// A new goroutine has its first function on its own stack, and its maker's place on the event's.
	own, maker := r.stack(transition.Stack), r.stack(event.Stack())
	if kind == create || kind == unblock {
		own, maker = maker, own
	}
	detail := int64(maker)
	if kind != create {
		detail = int64(r.reason(transition.Reason))
	}
	if kind == known {
		detail = int64(to)
	}
	r.Events = append(r.Events, [7]int64{
		int64(kind),
		int64(transition.Resource.Goroutine()),
		int64(event.Goroutine()),
		int64(event.Proc()),
		detail,
		int64(own),
		int64(event.Time().Sub(r.began)),
	})
}

func kindOf(from, to trace.GoState) int {
	switch {
	case from == trace.GoUndetermined:
		return known
	case from == trace.GoNotExist:
		return create
	case to == trace.GoNotExist:
		return end
	case to == trace.GoSyscall:
		return enterSyscall
	case from == trace.GoSyscall:
		return leaveSyscall
	case from == trace.GoRunnable && to == trace.GoRunning:
		return start
	case from == trace.GoRunning && to == trace.GoWaiting:
		return block
	case from == trace.GoWaiting && to == trace.GoRunnable:
		return unblock
	case from == trace.GoRunning && to == trace.GoRunnable:
		return yield
	}
	return other
}

func (r *reader) reason(text string) int {
	at, seen := r.reasons[text]
	if !seen {
		at = len(r.Reasons)
		r.reasons[text] = at
		r.Reasons = append(r.Reasons, text)
	}
	return at
}

// stack is -1 where the trace has none.
func (r *reader) stack(stack trace.Stack) int {
	if at, seen := r.stacks[stack]; seen {
		return at
	}
	frames := []int{}
	for found := range stack.Frames() {
		of := frame{found.Func, found.File, found.Line}
		at, seen := r.frames[of]
		if !seen {
			at = len(r.Frames)
			r.frames[of] = at
			r.Frames = append(r.Frames, of)
		}
		frames = append(frames, at)
	}
	at := -1
	if len(frames) > 0 {
		at = len(r.Stacks)
		r.Stacks = append(r.Stacks, frames)
	}
	r.stacks[stack] = at
	return at
}
