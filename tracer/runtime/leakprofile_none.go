//go:build !go1.27 && !goexperiment.goroutineleakprofile

package lockstep

const hasLeakProfile = false

func goroutineLeakGC() {}
