package lockstep

import "sync"

// OnceFunc, OnceValue and OnceValues are those of sync over OnceDo: a panic of the function is raised again in
// every call, and a call from inside the function waits for ever.

// OnceFunc is sync.OnceFunc(f).
func OnceFunc(site uint32, f func()) func() {
	run := onceOver(site, f)
	return func() { run() }
}

// OnceValue is sync.OnceValue(f).
func OnceValue[T any](site uint32, f func() T) func() T {
	var result T
	run := onceOver(site, func() { result = f() })
	return func() T {
		run()
		return result
	}
}

// OnceValues is sync.OnceValues(f).
func OnceValues[T, U any](site uint32, f func() (T, U)) func() (T, U) {
	var first T
	var second U
	run := onceOver(site, func() { first, second = f() })
	return func() (T, U) {
		run()
		return first, second
	}
}

func onceOver(site uint32, f func()) func() {
	var (
		once  sync.Once
		valid bool
		value any
	)
	first := func() {
		defer func() {
			value = recover()
			if !valid {
				panic(value) // so that the first panic's stack reaches the place that panicked
			}
		}()
		f()
		f = nil // what it holds can go
		valid = true
	}
	return func() {
		OnceDo(site, &once, first)
		if !valid {
			panic(value)
		}
	}
}
