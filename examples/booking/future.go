// Package booking books trips with futures: values that come later, or fail.
package booking

// Result is what a computation ended with; OK is false when it failed.
type Result[T any] struct {
	Value T
	OK    bool
}

// Future is the result of a computation that may still be running.
type Future[T any] struct {
	done   chan struct{}
	result Result[T]
	// restart computes anew what failed. Only for a future that has ended, and failed.
	restart func() *Future[T]
}

// New starts compute in the background.
func New[T any](compute func() (T, bool)) *Future[T] {
	return start(compute, func() *Future[T] { return New(compute) })
}

func start[T any](compute func() (T, bool), restart func() *Future[T]) *Future[T] {
	f := &Future[T]{done: make(chan struct{}), restart: restart}
	go func() {
		f.result.Value, f.result.OK = compute()
		close(f.done)
	}()
	return f
}

// Get waits for the result.
func (f *Future[T]) Get() (T, bool) {
	<-f.done
	return f.result.Value, f.result.OK
}

// OnSuccess runs callback in the background when f succeeds.
func (f *Future[T]) OnSuccess(callback func(T)) {
	go func() {
		if value, ok := f.Get(); ok {
			callback(value)
		}
	}()
}

// OnFailure runs callback in the background when f fails.
func (f *Future[T]) OnFailure(callback func()) {
	go func() {
		if _, ok := f.Get(); !ok {
			callback()
		}
	}()
}

// Then is a future of next applied to the result of f; it fails when f fails.
func (f *Future[T]) Then(next func(T) (T, bool)) *Future[T] {
	return start(func() (T, bool) {
		value, ok := f.Get()
		if !ok {
			return value, false
		}
		return next(value)
	}, func() *Future[T] { return f.unlessSucceeded().Then(next) })
}

// FirstSucc is the first of the two that succeeds; it fails when both fail.
// The slower of two successes waits for ever to hand over its result.
func (f *Future[T]) FirstSucc(other *Future[T]) *Future[T] {
	return start(func() (T, bool) {
		results := make(chan Result[T])
		for _, future := range []*Future[T]{f, other} {
			go func() {
				value, ok := future.Get()
				results <- Result[T]{value, ok}
			}()
		}
		if first := <-results; first.OK {
			return first.Value, true
		}
		second := <-results
		return second.Value, second.OK
	}, func() *Future[T] { return f.unlessSucceeded().FirstSucc(other.unlessSucceeded()) })
}

// FixedFirstSucc is FirstSucc with room for both results.
func (f *Future[T]) FixedFirstSucc(other *Future[T]) *Future[T] {
	return start(func() (T, bool) {
		results := make(chan Result[T], 2)
		for _, future := range []*Future[T]{f, other} {
			go func() {
				value, ok := future.Get()
				results <- Result[T]{value, ok}
			}()
		}
		if first := <-results; first.OK {
			return first.Value, true
		}
		second := <-results
		return second.Value, second.OK
	}, func() *Future[T] { return f.unlessSucceeded().FixedFirstSucc(other.unlessSucceeded()) })
}
