//go:build !unix

package lockstep

func openLifeline(int) int { return 0 }

func hasEnded(int) bool { return false }

func killGroup() {}
