package lockstep

import "runtime"

// BindPQ is a method value, such as mu.Unlock, of a method with P parameters and Q results.

func Bind00[X any](site uint32, x X, f func(uint32, X)) func() {
	notNil(x)
	return func() { f(site, x) }
}

func Bind01[X, R any](site uint32, x X, f func(uint32, X) R) func() R {
	notNil(x)
	return func() R { return f(site, x) }
}

func Bind02[X, R, S any](site uint32, x X, f func(uint32, X) (R, S)) func() (R, S) {
	return func() (R, S) { return f(site, x) }
}

func Bind10[X, A any](site uint32, x X, f func(uint32, X, A)) func(A) {
	notNil(x)
	return func(a A) { f(site, x, a) }
}

func Bind11[X, A, R any](site uint32, x X, f func(uint32, X, A) R) func(A) R {
	return func(a A) R { return f(site, x, a) }
}

func Bind12[X, A, R, S any](site uint32, x X, f func(uint32, X, A) (R, S)) func(A) (R, S) {
	return func(a A) (R, S) { return f(site, x, a) }
}

func Bind20[X, A, B any](site uint32, x X, f func(uint32, X, A, B)) func(A, B) {
	return func(a A, b B) { f(site, x, a, b) }
}

func Bind21[X, A, B, R any](site uint32, x X, f func(uint32, X, A, B) R) func(A, B) R {
	return func(a A, b B) R { return f(site, x, a, b) }
}

// AtomicBoundPQ is f, a method of the atomic value that x points to, as a value: all but Load have parameters.

func AtomicBound01[X, R any](site uint32, x X, f func() R) func() R {
	return func() R {
		AtomicLoad(site, x)
		return f()
	}
}

func AtomicBound10[X, A any](site uint32, x X, f func(A)) func(A) {
	return func(a A) {
		AtomicStore(site, x) // nothing else has no result
		f(a)
	}
}

func AtomicBound11[X, A, R any](site uint32, x X, f func(A) R) func(A) R {
	return func(a A) R {
		Atomic(site, x)
		return f(a)
	}
}

func AtomicBound21[X, A, B, R any](site uint32, x X, f func(A, B) R) func(A, B) R {
	return func(a A, b B) R {
		Atomic(site, x)
		return f(a, b)
	}
}

func Bind22[X, A, B, R, S any](site uint32, x X, f func(uint32, X, A, B) (R, S)) func(A, B) (R, S) {
	return func(a A, b B) (R, S) { return f(site, x, a, b) }
}

func Bind31[X, A, B, C, R any](site uint32, x X, f func(uint32, X, A, B, C) R) func(A, B, C) R {
	return func(a A, b B, c C) R { return f(site, x, a, b, c) }
}

// notNil panics as Go does when a method value is taken of a nil interface.
func notNil[X any](x X) {
	if any(x) == nil {
		var nothing *int
		*nothing = 0
	}
}

// AtPQ is a function with P parameters and Q results as a value, such as time.After.

func At00(site uint32, f func(uint32)) func() { return func() { f(site) } }

func At10[A any](site uint32, f func(uint32, A)) func(A) { return func(a A) { f(site, a) } }

func At11[A, R any](site uint32, f func(uint32, A) R) func(A) R {
	return func(a A) R { return f(site, a) }
}

func At13[A, R, S, T any](site uint32, f func(uint32, A) (R, S, T)) func(A) (R, S, T) {
	return func(a A) (R, S, T) { return f(site, a) }
}

func At20[A, B any](site uint32, f func(uint32, A, B)) func(A, B) {
	return func(a A, b B) { f(site, a, b) }
}

func At31[A, B, C, R any](site uint32, f func(uint32, A, B, C) R) func(A, B, C) R {
	return func(a A, b B, c C) R { return f(site, a, b, c) }
}

func At21[A, B, R any](site uint32, f func(uint32, A, B) R) func(A, B) R {
	return func(a A, b B) R { return f(site, a, b) }
}

// Gosched is runtime.Gosched().
func Gosched(site uint32) {
	r, g := active()
	if r == nil {
		runtime.Gosched()
		return
	}
	r.point(g, opYield, site, nil)
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
