package lockstep

import "runtime"

// Bind is a method value without arguments, such as mu.Unlock.
func Bind[P any](site uint32, p P, f func(uint32, P)) func() { return func() { f(site, p) } }

// Bind1 is a method value with one argument, such as wg.Add.
func Bind1[P, A any](site uint32, p P, f func(uint32, P, A)) func(A) {
	return func(a A) { f(site, p, a) }
}

// BindTry is a method value with a bool result, such as mu.TryLock.
func BindTry[P any](site uint32, p P, f func(uint32, P) bool) func() bool {
	return func() bool { return f(site, p) }
}

// Gosched is runtime.Gosched().
func Gosched(site uint32) {
	r, g := active()
	if r == nil {
		runtime.Gosched()
		return
	}
	r.point(g, opYield, site)
	r.emit(opYield, phaseDone, g, none, site)
}

// GOMAXPROCS is runtime.GOMAXPROCS(n): under control one processor does the work, whatever the program sees.
func GOMAXPROCS(n int) int {
	p := theProcess
	if p == nil || p.config.Mode != "control" {
		return runtime.GOMAXPROCS(n)
	}
	was := p.processor
	if n > 0 {
		p.processor = n
	}
	return was
}
