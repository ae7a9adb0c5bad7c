//go:build go1.27 || goexperiment.goroutineleakprofile

package lockstep

import _ "unsafe" // for go:linkname

const hasLeakProfile = true

//go:linkname goroutineLeakGC runtime/pprof.runtime_goroutineLeakGC
func goroutineLeakGC()
