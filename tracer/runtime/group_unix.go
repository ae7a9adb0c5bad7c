//go:build unix

package lockstep

import "syscall"

// The lifeline is a pipe whose other end the engine holds: it ends when the engine does, however that comes about.

// openLifeline makes the descriptor ready to be looked at, and keeps it from the children of the test. 0: there is none.
func openLifeline(descriptor int) int {
	if descriptor == 0 || syscall.SetNonblock(descriptor, true) != nil {
		return 0
	}
	syscall.CloseOnExec(descriptor)
	return descriptor
}

func hasEnded(lifeline int) bool {
	var buffer [1]byte
	n, err := syscall.Read(lifeline, buffer[:])
	return n == 0 && err == nil || err != nil && err != syscall.EAGAIN && err != syscall.EINTR
}

// killGroup ends this process with its children; the engine started it in a group of its own.
func killGroup() { syscall.Kill(0, syscall.SIGKILL) }
