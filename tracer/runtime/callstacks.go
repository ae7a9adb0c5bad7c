package lockstep

import (
	"encoding/binary"
	"runtime"
	"strings"
)

// deepestStack bounds the frames kept of one stack, the innermost ones.
const deepestStack = 128

// callStacks has the call stack of each event of a run (configuration.Stacks). Stacks that begin alike share their
// frames: a stack is the number of its innermost frame, and each frame knows its caller. Frame 0 stands for no stack.
type callStacks struct {
	counters [deepestStack]uintptr
	frames   []callFrame
	known    table[uint64, uint32] // by caller and program counter
	whole    table[uint64, uint32] // by all program counters: a stack is usually met again
	ofEvents []uint32
}

type callFrame struct {
	counter uintptr
	caller  uint32
}

func newCallStacks() *callStacks { return &callStacks{frames: make([]callFrame, 1)} }

// note takes the stack of the newest event, which is in the name of g. Who is woken by another has not moved since it
// began to wait.
func (c *callStacks) note(g *routine) {
	if g.gp == currentGoroutine() {
		n := runtime.Callers(3, c.counters[:]) // without Callers, note and emit
		g.stack = c.index(c.counters[:n])
	}
	c.ofEvents = append(c.ofEvents, g.stack)
}

func (c *callStacks) index(counters []uintptr) uint32 {
	hash := uint64(len(counters))
	for _, counter := range counters {
		hash = mix(hash, uint64(counter))
	}
	if index, found := c.whole.find(hash); found {
		return index
	}
	index := uint32(0)
	for i := len(counters) - 1; i >= 0; i-- {
		index = c.frame(index, counters[i])
	}
	c.whole.put(hash, index)
	return index
}

func (c *callStacks) frame(caller uint32, counter uintptr) uint32 {
	key := mix(uint64(caller), uint64(counter))
	index, found := c.known.find(key)
	if !found {
		index = uint32(len(c.frames))
		c.frames = append(c.frames, callFrame{counter, caller})
		c.known.put(key, index)
	}
	return index
}

type headerFrame struct {
	Function string  `json:"function"`
	File     string  `json:"file"`
	Line     int     `json:"line"`
	Caller   *uint32 `json:"caller,omitempty"`
}

// written gives the frames that people see, callers first, and of each of our frames the innermost of those in its
// stack; none when there is none.
func (c *callStacks) written() (frames []headerFrame, shown []uint32) {
	var known table[uint64, uint32]
	shown = make([]uint32, len(c.frames))
	shown[0] = none
	frames = []headerFrame{}
	for i, f := range c.frames[1:] {
		caller := shown[f.caller]
		at := i + 1
		frame, _ := runtime.CallersFrames([]uintptr{f.counter}).Next()
		if !isShownFrame(frame.Function) {
			shown[at] = caller
			continue
		}
		key := mix(uint64(caller), uint64(f.counter))
		index, found := known.find(key)
		if !found {
			index = uint32(len(frames))
			known.put(key, index)
			header := headerFrame{Function: frame.Function, File: frame.File, Line: frame.Line}
			if caller != none {
				header.Caller = &shown[f.caller]
			}
			frames = append(frames, header)
		}
		shown[at] = index
	}
	return frames, shown
}

// isShownFrame leaves out what runs the program: this package, testing below the test, and Go's runtime.
func isShownFrame(function string) bool {
	return function != "" && !strings.HasPrefix(function, "lockstep.") && !strings.HasPrefix(function, "runtime.") &&
		!strings.HasPrefix(function, "testing.")
}

// appendStacks writes the section behind the records: for each event the number of its innermost frame.
func (c *callStacks) appendStacks(out []byte, shown []uint32) []byte {
	for _, stack := range c.ofEvents {
		out = binary.LittleEndian.AppendUint32(out, shown[stack])
	}
	return out
}
