package lockstep

import "time"

// Code that is not under control compares deadlines with the real clock, and virtual time may lie anywhere. So a deadline
// is as far from the real time when it leaves the program as it was from the virtual one, and what the program had set
// when it comes back. Virtual times have no monotonic reading and those that have left have one: this tells them apart.

// leaving is the last deadline that has left.
type leaving struct{ virtual, real time.Time }

func virtual(t time.Time) bool { return !t.IsZero() && t == t.Round(0) }

// Outside is a deadline that is about to leave the program.
func Outside(t time.Time) time.Time {
	r := theRun.Load()
	if r == nil || !virtual(t) {
		return t
	}
	outside := time.Now().Add(t.Sub(r.clock.now()))
	if r, _ := holdsTurn(); r != nil {
		r.left = leaving{t, outside}
	}
	return outside
}

// Inside is a deadline that has come from elsewhere.
func Inside(t time.Time) time.Time {
	if r, _ := holdsTurn(); r != nil && t == r.left.real {
		return r.left.virtual
	}
	return t
}

// HasDeadline is the part of a context that says when it ends.
type HasDeadline interface{ Deadline() (time.Time, bool) }

// ContextDeadline is ctx.Deadline().
func ContextDeadline(ctx HasDeadline) (deadline time.Time, ok bool) {
	deadline, ok = ctx.Deadline()
	return Inside(deadline), ok
}

// DeadlineOf is ctx.Deadline as a value.
func DeadlineOf(ctx HasDeadline) func() (time.Time, bool) {
	return func() (time.Time, bool) { return ContextDeadline(ctx) }
}

// Leaving is conn.SetDeadline, or one of its like, as a value.
func Leaving(set func(time.Time) error) func(time.Time) error {
	return func(t time.Time) error { return set(Outside(t)) }
}
