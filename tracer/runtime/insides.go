package lockstep

import (
	"reflect"
	"sync"
	"unsafe"
)

// Some of what testing does to a test that breaks its rules depends on fields of testing.T, and testing sets them
// only when our run is over. What is not found there, in a later version of Go, is left alone.

// testInsides are the fields of the value that a *testing.T points to. The zero value has none.
type testInsides struct{ common, own reflect.Value }

func insideOf(t any) testInsides {
	pointer := reflect.ValueOf(t)
	if pointer.Kind() != reflect.Pointer || pointer.Elem().Kind() != reflect.Struct {
		return testInsides{}
	}
	own := pointer.Elem()
	if common := own.FieldByName("common"); common.Kind() == reflect.Struct {
		return testInsides{common: common, own: own}
	}
	return testInsides{}
}

// field points to a field of type T, nil when there is none.
func field[T any](of reflect.Value, name string) *T {
	if !of.IsValid() {
		return nil
	}
	f := of.FieldByName(name)
	if !f.IsValid() || f.Type() != reflect.TypeFor[T]() {
		return nil
	}
	return (*T)(unsafe.Pointer(f.UnsafeAddr()))
}

// parent is the test above it, nil for none. It is of a type that cannot be named here.
func (i testInsides) parent() *unsafe.Pointer {
	if !i.common.IsValid() {
		return nil
	}
	f := i.common.FieldByName("parent")
	if !f.IsValid() || f.Type() != reflect.PointerTo(i.common.Type()) {
		return nil
	}
	return (*unsafe.Pointer)(unsafe.Pointer(f.UnsafeAddr()))
}

func (i testInsides) above() testInsides {
	parent := i.parent()
	if parent == nil || *parent == nil {
		return testInsides{}
	}
	return testInsides{common: reflect.NewAt(i.common.Type(), *parent).Elem()}
}

// complete makes the test look as it does when it has ended and no other test follows: what still logs to it or
// fails it panics. The result undoes that.
func (i testInsides) complete() (undo func()) {
	lock, done, parent := field[sync.RWMutex](i.common, "mu"), field[bool](i.common, "done"), i.parent()
	if lock == nil || done == nil || parent == nil {
		return func() {}
	}
	lock.Lock()
	above := *parent
	*done, *parent = true, nil
	lock.Unlock()
	return func() {
		lock.Lock()
		*done, *parent = false, above
		lock.Unlock()
	}
}

// wasLeft says that the test function was neither returned from nor ended by a method of its own or of a test that
// still runs above it: runtime.Goexit was called.
func (i testInsides) wasLeft() bool {
	parallel := field[bool](i.common, "isParallel")
	if parallel == nil {
		return false
	}
	found := false
	for up := i; up.common.IsValid(); up = up.above() {
		finished := field[bool](up.common, "finished")
		if finished == nil || *finished {
			return false
		}
		found = true
		if *parallel {
			break // the test above it has returned already
		}
	}
	return found
}

// parallel marks the test that is explored as testing does in t.Parallel, and as not parallel with false. It says
// whether testing would panic instead.
func (i testInsides) parallel(is bool) (refused bool) {
	marked, denied := field[bool](i.common, "isParallel"), field[bool](i.own, "denyParallel")
	if marked == nil || denied == nil {
		return false
	}
	if is && (*marked || *denied) {
		return true
	}
	*marked = is
	return false
}
