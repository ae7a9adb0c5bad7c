package lockstep

import (
	"os"
	"strconv"
)

// Exit is os.Exit(code).
func Exit(site uint32, code int) {
	exits(site, code, "os.Exit("+strconv.Itoa(code)+")")
	os.Exit(code)
}

// Fatal is log.Fatal or log.Fatalln, of the package or of a logger.
func Fatal(site uint32, f func(...any)) func(...any) {
	return func(arguments ...any) {
		exits(site, 1, "log.Fatal")
		f(arguments...)
	}
}

// Fatalf is log.Fatalf.
func Fatalf(site uint32, f func(string, ...any)) func(string, ...any) {
	return func(format string, arguments ...any) {
		exits(site, 1, "log.Fatal")
		f(format, arguments...)
	}
}

// exits ends the run, if there is one, before the caller ends the process. `go test` takes an exit with status 0
// for a mistake too, and panics.
func exits(site uint32, code int, message string) {
	r, g := active()
	if r == nil {
		return
	}
	g.pendingSite = site
	if code == 0 {
		panic("unexpected call to os.Exit(0) during test")
	}
	p := r.process
	p.finishing.Lock() // for ever: nobody else may finish
	r.setArgument(r.emit(opExit, phaseDone, g, none, site), int32(code))
	theRun.Store(nil)
	r.outcome, r.message = "fail", message
	if d := p.config.Debug; d != nil && !r.stopped {
		r.stopHere(d.Sentence)
	}
	p.close(r)
	p.keepState()
	p.summary(true)
	p.results.Close()
}
