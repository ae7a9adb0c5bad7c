package lockstep

import "unsafe"

// A channel may have been closed before the run: the one that package context has for all that are cancelled before
// anybody asks for their channel, or one that a test before this one has closed. Only the channel itself knows then.

// closedOffset is where the runtime's structure of a channel says so: 1, a uint32. 0: it was not found.
var closedOffset uintptr

// findClosed looks for what closing changes.
func findClosed() {
	const words = 12
	ch := make(chan int)
	at := (*[words]uint32)(channelKey(ch))
	before := *at
	close(ch)
	for i, word := range at {
		if word != before[i] && before[i] == 0 && word == 1 {
			closedOffset = uintptr(i) * unsafe.Sizeof(word)
			return
		}
	}
}

//go:norace
func closedAlready(key unsafe.Pointer) bool {
	return closedOffset != 0 && key != nil && *(*uint32)(unsafe.Add(key, closedOffset)) != 0
}
