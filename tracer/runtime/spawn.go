package lockstep

import (
	"reflect"
	"runtime"
)

// spawn starts f as a goroutine of the run.
func spawn(site uint32, f func()) {
	r, parent := active()
	if r == nil {
		recordedSpawn(site, f)
		return
	}
	child := r.adopt(parent, site)
	go child.live(r, f)
}

func (r *run) adopt(parent *routine, site uint32) *routine {
	child := r.newRoutine(parent, site)
	child.pendingSite = site
	child.startEvent = r.emit(opGo, phaseDone, parent, none, site)
	r.setArgument(child.startEvent, int32(child.id))
	return child
}

// arrive binds the calling goroutine to g and waits for its first turn.
func (g *routine) arrive(r *run) {
	r.guard.lock()
	r.bind(g)
	if r.current.Load() == g {
		g.arrived = true
		r.guard.unlock()
	} else {
		r.park(g, nil)
	}
	r.setPartner(r.emit(opStart, phaseDone, g, none, g.site), g.startEvent)
}

func (g *routine) live(r *run, f func()) {
	g.arrive(r)
	defer func() {
		if value := recover(); value != nil {
			r.panicked(g, value)
		}
		r.leave(g)
	}()
	f()
}

// Spawn0 to Spawn5 are functions about to be started with `go`.
type (
	Spawn0[F ~func()] struct {
		site uint32
		f    F
	}
	Spawn1[A any] struct {
		site uint32
		f    func(A)
	}
	Spawn2[A, B any] struct {
		site uint32
		f    func(A, B)
	}
	Spawn3[A, B, C any] struct {
		site uint32
		f    func(A, B, C)
	}
	Spawn4[A, B, C, D any] struct {
		site uint32
		f    func(A, B, C, D)
	}
	Spawn5[A, B, C, D, E any] struct {
		site uint32
		f    func(A, B, C, D, E)
	}
)

// Go0 begins `go f()`.
func Go0[F ~func()](site uint32, f F) Spawn0[F] { return Spawn0[F]{site, f} }

// Go1 begins `go f(a)`.
func Go1[A any](site uint32, f func(A)) Spawn1[A] { return Spawn1[A]{site, f} }

// Go2 begins `go f(a, b)`.
func Go2[A, B any](site uint32, f func(A, B)) Spawn2[A, B] { return Spawn2[A, B]{site, f} }

// Go3 begins `go f(a, b, c)`.
func Go3[A, B, C any](site uint32, f func(A, B, C)) Spawn3[A, B, C] { return Spawn3[A, B, C]{site, f} }

// Go4 begins `go f(a, b, c, d)`.
func Go4[A, B, C, D any](site uint32, f func(A, B, C, D)) Spawn4[A, B, C, D] {
	return Spawn4[A, B, C, D]{site, f}
}

// Go5 begins `go f(a, b, c, d, e)`.
func Go5[A, B, C, D, E any](site uint32, f func(A, B, C, D, E)) Spawn5[A, B, C, D, E] {
	return Spawn5[A, B, C, D, E]{site, f}
}

// Call starts the goroutine.
//
//go:noinline
func (s Spawn0[F]) Call() { spawn(s.site, s.f) }

// Call starts the goroutine.
//
//go:noinline
func (s Spawn1[A]) Call(a A) { spawn(s.site, func() { s.f(a) }) }

// Call starts the goroutine.
//
//go:noinline
func (s Spawn2[A, B]) Call(a A, b B) { spawn(s.site, func() { s.f(a, b) }) }

// Call starts the goroutine.
//
//go:noinline
func (s Spawn3[A, B, C]) Call(a A, b B, c C) { spawn(s.site, func() { s.f(a, b, c) }) }

// Call starts the goroutine.
//
//go:noinline
func (s Spawn4[A, B, C, D]) Call(a A, b B, c C, d D) { spawn(s.site, func() { s.f(a, b, c, d) }) }

// Call starts the goroutine.
//
//go:noinline
func (s Spawn5[A, B, C, D, E]) Call(a A, b B, c C, d D, e E) {
	spawn(s.site, func() { s.f(a, b, c, d, e) })
}

// GoFunc wraps a function of any type, to be called by a go statement that Spawned follows.
//
//go:norace
func GoFunc[F any](site uint32, f F) F {
	r, _ := active()
	real := reflect.ValueOf(f)
	if real.IsNil() {
		return f
	}
	var live func(func())
	if r != nil {
		live = func(f func()) { r.takeHanded().live(r, f) }
	} else if child := adoptRecorded(site); child != nil {
		live = child.liveRecorded
	} else {
		return f
	}
	return reflect.MakeFunc(real.Type(), func(arguments []reflect.Value) (results []reflect.Value) {
		live(func() {
			if real.Type().IsVariadic() {
				results = real.CallSlice(arguments)
			} else {
				results = real.Call(arguments)
			}
		})
		return results
	}).Interface().(F)
}

// Spawned follows `go GoFunc(…)(…)`: it makes the new goroutine known and waits until it is there.
func Spawned(site uint32) {
	r, parent := active()
	if r == nil {
		return
	}
	child := r.adopt(parent, site)
	r.guard.lock()
	r.handed = child
	for !child.arrived {
		r.guard.unlock()
		runtime.Gosched()
		r.guard.lock()
	}
	r.guard.unlock()
}

// takeHanded waits for the parent to say who the calling goroutine is.
func (r *run) takeHanded() *routine {
	for {
		r.guard.lock()
		child := r.handed
		r.handed = nil
		r.guard.unlock()
		if child != nil {
			return child
		}
		runtime.Gosched()
	}
}
