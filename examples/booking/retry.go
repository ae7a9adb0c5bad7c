package booking

// Retry is a future of the result of f, after restarting what failed in it at most limit times.
// What succeeded is kept: of f.Then(next) with only next failing, only next runs again.
func (f *Future[T]) Retry(limit int) *Future[T] {
	last := f
	return start(func() (T, bool) {
		value, ok := last.Get()
		for restarts := 0; restarts < limit && !ok; restarts++ {
			last = last.restart()
			value, ok = last.Get()
		}
		return value, ok
	}, func() *Future[T] { return last.unlessSucceeded().Retry(limit) })
}

// unlessSucceeded waits for f; it is f when f succeeded, and f restarted when it failed.
func (f *Future[T]) unlessSucceeded() *Future[T] {
	if _, ok := f.Get(); ok {
		return f
	}
	return f.restart()
}
