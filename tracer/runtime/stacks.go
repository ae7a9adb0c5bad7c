package lockstep

import (
	"runtime"
	"strconv"
	"strings"
)

// maxDump bounds the stacks of all goroutines: about a hundred thousand of them fit.
const maxDump = 64 << 20

// allStacks gives the stacks of all goroutines as Go prints them.
func allStacks() string {
	buffer := make([]byte, 1<<20)
	length := runtime.Stack(buffer, true)
	for length == len(buffer) && length < maxDump {
		buffer = make([]byte, 4*length)
		length = runtime.Stack(buffer, true)
	}
	return string(buffer[:length])
}

// stackIn gives the part of allStacks about g; "" when it is gone.
func stackIn(all string, g *routine) string {
	start := strings.Index("\n\n"+all, "\n\ngoroutine "+strconv.FormatUint(goroutineNumber(g.gp), 10)+" ")
	if start < 0 {
		return ""
	}
	stack := all[start:]
	if end := strings.Index(stack, "\n\n"); end >= 0 {
		stack = stack[:end]
	}
	return stack
}

// dump gives the state and the stack of g as Go prints them; "" when it is gone.
func dump(g *routine) (state, stack string) {
	stack = stackIn(allStacks(), g)
	open, shut := strings.IndexByte(stack, '['), strings.IndexByte(stack, ']')
	if open < 0 || shut < open {
		return "", stack
	}
	state, _, _ = strings.Cut(stack[open+1:shut], ",")
	return state, stack
}

const mostStacks = 32

// blockedStacks gives the stacks of goroutines that are blocked for ever, by path: who waits in a package that others
// wrote was called from a place of the user's, which no event names.
func (r *run) blockedStacks() map[string]string {
	all := allStacks()
	stacks := make(map[string]string)
	for _, g := range r.routines[1:] {
		if g.status != statusBlocked || g.gp == nil {
			continue
		}
		if stack := stackIn(all, g); stack != "" {
			stacks[g.path] = stack
		}
		if len(stacks) == mostStacks {
			break
		}
	}
	return stacks
}
