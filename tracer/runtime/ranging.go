package lockstep

// Ranging is `for … := range ch`.
type Ranging[T any] struct {
	Value T
	site  uint32
	ch    <-chan T
}

// Range begins a loop whose variable Next fills.
func Range[T any](site uint32, ch <-chan T) (*Ranging[T], T) {
	var zero T
	return &Ranging[T]{site: site, ch: ch}, zero
}

// RangeOnly begins a loop without a variable of its own.
func RangeOnly[T any](site uint32, ch <-chan T) *Ranging[T] { return &Ranging[T]{site: site, ch: ch} }

// Next receives into variable; false when the channel is closed.
func (l *Ranging[T]) Next(variable *T) bool {
	value, ok := Receive2(l.site, l.ch)
	if ok {
		*variable = value
	}
	return ok
}

// Skip receives into Value; false when the channel is closed.
func (l *Ranging[T]) Skip() bool {
	var ok bool
	l.Value, ok = Receive2(l.site, l.ch)
	return ok
}
