package lockstep

import (
	"reflect"
	"sync"
	"unsafe"
)

// Whether a context has been cancelled is a variable that calls of Err and Cause load, also those of what AfterFunc gives, and
// that calls of a CancelFunc update.
// Package context works on it with sites of its own, which are no scheduling points: those are the calls.

// Set by the file that the overlay adds to package context.
var (
	// CancelState finds the variable of a context of that package's own types, nil of any other.
	CancelState func(ctx any) unsafe.Pointer
	// CancelLock is how far behind it the lock lies under which it changes.
	CancelLock uintptr
)

// Cancellable is the part of a context that says whether it has been cancelled.
type Cancellable interface{ Err() error }

// ContextErr is ctx.Err().
func ContextErr(site uint32, ctx Cancellable) error { return Cancelled(site, ctx).Err() }

// Cancelled is ctx, about to be asked whether it has been cancelled.
func Cancelled[C any](site uint32, ctx C) C {
	looked(site, ctx)
	return ctx
}

// Stops is context.AfterFunc: the function that it gives finds out whether the context has been cancelled.
func Stops[C any](site uint32, after func(C, func()) func() bool) func(C, func()) func() bool {
	return func(ctx C, f func()) func() bool {
		stop := after(ctx, f)
		return func() bool {
			looked(site, ctx)
			return stop()
		}
	}
}

func looked(site uint32, ctx any) {
	if site&internalSite != 0 || CancelState == nil {
		return
	}
	r, g := active()
	if r == nil {
		return
	}
	if state := CancelState(ctx); state != nil {
		r.pointOnContext(g, site, state, atomicLoad)
	}
}

func (r *run) pointOnContext(g *routine, site uint32, state unsafe.Pointer, what int32) {
	r.pointOfAtomic(g, site, state, int(what))
	r.setArgument(r.emit(opAtomic, phaseDone, g, r.object(state, kindContext, site), site), what)
}

// Cancel is cancel(), of a context.CancelFunc.
func Cancel(site uint32, cancel func()) { cancelling(site, cancel) }

// CancelCause is cancel(cause), of a context.CancelCauseFunc.
func CancelCause(site uint32, cancel func(error), cause error) {
	cancelling(site, func() { cancel(cause) })
}

func cancelling(site uint32, cancel func()) {
	r, g := active()
	if r == nil || site&internalSite != 0 {
		cancel()
		return
	}
	g.cancels = site
	cancel()
	g.cancels = 0 // it was none of package context
}

// Cancels1 is with, such as context.WithCancel: the function that it gives is the scheduling point, with the place where it
// was made, unless the call that leads there is known.
func Cancels1[P, C any, F ~func()](site uint32, with func(P) (C, F)) func(P) (C, F) {
	return func(parent P) (C, F) {
		ctx, cancel := with(parent)
		return ctx, kept(site, cancel)
	}
}

// Cancels2 is the same of context.WithTimeout and context.WithDeadline.
func Cancels2[P, A, C any, F ~func()](site uint32, with func(P, A) (C, F)) func(P, A) (C, F) {
	return func(parent P, end A) (C, F) {
		ctx, cancel := with(parent, end)
		return ctx, kept(site, cancel)
	}
}

// Cancels3 is the same of these with a cause.
func Cancels3[P, A, C any, F ~func()](site uint32, with func(P, A, error) (C, F)) func(P, A, error) (C, F) {
	return func(parent P, end A, cause error) (C, F) {
		ctx, cancel := with(parent, end, cause)
		return ctx, kept(site, cancel)
	}
}

// CancelsCause is the same of context.WithCancelCause.
func CancelsCause[P, C any, F ~func(error)](site uint32, with func(P) (C, F)) func(P) (C, F) {
	return func(parent P) (C, F) {
		ctx, cancel := with(parent)
		return ctx, keptCause(site, cancel)
	}
}

// HandsOutCancel is f, of a package that is not rewritten: functions that cancel are scheduling points also when f has made them.
func HandsOutCancel[F any](site uint32, f F) F {
	real := reflect.ValueOf(f)
	if real.IsNil() {
		return f
	}
	return handsOut(site, real).Interface().(F)
}

func handsOut(site uint32, f reflect.Value) reflect.Value {
	return reflect.MakeFunc(f.Type(), func(arguments []reflect.Value) (results []reflect.Value) {
		if f.Type().IsVariadic() {
			results = f.CallSlice(arguments)
		} else {
			results = f.Call(arguments)
		}
		for i, result := range results {
			results[i] = keptResult(site, result)
		}
		return results
	})
}

// keptResult tells the types of package context by their names, which cannot be written here.
func keptResult(site uint32, result reflect.Value) reflect.Value {
	t := result.Type()
	if t.PkgPath() != "context" || t.Name() != "CancelFunc" && t.Name() != "CancelCauseFunc" || result.IsNil() {
		return result
	}
	plain, cancels := reflect.TypeFor[func()](), any(nil)
	if t.NumIn() == 1 {
		plain = reflect.TypeFor[func(error)]()
	}
	switch cancel := result.Convert(plain).Interface().(type) {
	case func():
		cancels = kept(site, cancel)
	case func(error):
		cancels = keptCause(site, cancel)
	}
	return reflect.ValueOf(cancels).Convert(t)
}

// KeepCancelFunc is cancel, read from somewhere: a scheduling point also where it is called as any function.
func KeepCancelFunc[F ~func()](site uint32, cancel F) F {
	if cancel == nil || isKept(cancel) {
		return cancel
	}
	return kept(site, cancel)
}

// KeepCancelCauseFunc is the same of a context.CancelCauseFunc.
func KeepCancelCauseFunc[F ~func(error)](site uint32, cancel F) F {
	if cancel == nil || isKept(cancel) {
		return cancel
	}
	return keptCause(site, cancel)
}

// kept has one body only, not one in each caller, so that isKept knows it.
//
//go:noinline
func kept(site uint32, cancel func()) func() { return func() { keptCall(site, cancel) } }

//go:noinline
func keptCause(site uint32, cancel func(error)) func(error) {
	return func(cause error) { keptCall(site, func() { cancel(cause) }) }
}

var keptCode = [...]uintptr{reflect.ValueOf(kept(0, nil)).Pointer(), reflect.ValueOf(keptCause(0, nil)).Pointer()}

func isKept(cancel any) bool {
	code := reflect.ValueOf(cancel).Pointer()
	return code == keptCode[0] || code == keptCode[1]
}

func keptCall(site uint32, cancel func()) {
	if r, g := active(); r != nil && g.cancels != 0 {
		cancel() // Cancel has called it
		return
	}
	cancelling(site, cancel)
}

// LockToCancel is Lock on the lock of a context that is about to be cancelled: the first thing that a CancelFunc does.
func LockToCancel(site uint32, mu *sync.Mutex) {
	if r, g := active(); r != nil && g.cancels != 0 {
		call := g.cancels
		g.cancels = 0
		r.pointOnContext(g, call, unsafe.Add(unsafe.Pointer(mu), -int(CancelLock)), atomicUpdate)
	}
	Lock(site, mu)
}
