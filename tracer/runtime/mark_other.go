//go:build !unix

package lockstep

// openMark: which run a process died in is not known here, so the engine looks for it among those not accounted for.
func openMark(string) *uint64 { return new(uint64) }
