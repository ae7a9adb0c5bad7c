package lockstep

import (
	"hash/maphash"
	"sync"
	"unsafe"
)

// A sync.Map is a set of atomic variables, one for each key: the operations are done on the real map at a
// scheduling point, and are ordered with those on the same key.

// mapState knows the keys of one sync.Map that this run has met.
type mapState struct {
	cells table[uint64, *mapCell] // the first of each hash
	count int
}

type mapCell struct {
	key    any
	object uint32
	number int // in the order in which they were met
	next   *mapCell
}

var keySeed = maphash.MakeSeed()

func (s *mapState) find(key any) *mapCell {
	c := s.cells.get(maphash.Comparable(keySeed, key))
	for c != nil && c.key != key {
		c = c.next
	}
	return c
}

func (r *run) cell(m *sync.Map, key any, site uint32) *mapCell {
	s := r.maps.get(unsafe.Pointer(m))
	if s == nil {
		s = &mapState{}
		r.maps.put(unsafe.Pointer(m), s)
	}
	c := s.find(key)
	if c == nil {
		first := s.cells.place(maphash.Comparable(keySeed, key))
		c = &mapCell{key: key, number: s.count, next: *first}
		c.object = r.object(unsafe.Pointer(c), kindVariable, site)
		s.count++
		*first = c
	}
	return c
}

func (r *run) emitCell(g *routine, m *sync.Map, key any, site uint32, what int32) {
	r.setArgument(r.emit(opAtomic, phaseDone, g, r.cell(m, key, site).object, site), what)
}

// onKey does an operation on one key. operate says whether it stored; what it looked at before counts as well.
func onKey(site uint32, m *sync.Map, key any, operate func() (stored bool)) {
	r, g := active()
	if r == nil {
		noteKey(site, m, key)
		operate()
		return
	}
	r.point(g, opAtomic, site, unsafe.Pointer(m))
	what := int32(atomicLoad)
	if operate() {
		what = atomicUpdate
	}
	r.emitCell(g, m, key, site, what)
	r.count(site, countAtOnce)
}

func noteKey(site uint32, m *sync.Map, key any) {
	if r, g := recorder(); r != nil {
		defer r.guard.unlock() // a key that cannot be hashed panics
		r.emitCell(g, m, key, site, 0)
		r.count(site, countAtOnce)
	}
}

// MapLoad is m.Load(key).
func MapLoad(site uint32, m *sync.Map, key any) (value any, ok bool) {
	onKey(site, m, key, func() bool { value, ok = m.Load(key); return false })
	return value, ok
}

// MapStore is m.Store(key, value).
func MapStore(site uint32, m *sync.Map, key, value any) {
	onKey(site, m, key, func() bool { m.Store(key, value); return true })
}

// MapLoadOrStore is m.LoadOrStore(key, value).
func MapLoadOrStore(site uint32, m *sync.Map, key, value any) (actual any, loaded bool) {
	onKey(site, m, key, func() bool { actual, loaded = m.LoadOrStore(key, value); return !loaded })
	return actual, loaded
}

// MapLoadAndDelete is m.LoadAndDelete(key).
func MapLoadAndDelete(site uint32, m *sync.Map, key any) (value any, loaded bool) {
	onKey(site, m, key, func() bool { value, loaded = m.LoadAndDelete(key); return loaded })
	return value, loaded
}

// MapDelete is m.Delete(key).
func MapDelete(site uint32, m *sync.Map, key any) {
	onKey(site, m, key, func() bool { m.Delete(key); return true })
}

// MapSwap is m.Swap(key, value).
func MapSwap(site uint32, m *sync.Map, key, value any) (previous any, loaded bool) {
	onKey(site, m, key, func() bool { previous, loaded = m.Swap(key, value); return true })
	return previous, loaded
}

// MapCompareAndSwap is m.CompareAndSwap(key, old, fresh).
func MapCompareAndSwap(site uint32, m *sync.Map, key, old, fresh any) (swapped bool) {
	onKey(site, m, key, func() bool { swapped = m.CompareAndSwap(key, old, fresh); return swapped })
	return swapped
}

// MapCompareAndDelete is m.CompareAndDelete(key, old).
func MapCompareAndDelete(site uint32, m *sync.Map, key, old any) (deleted bool) {
	onKey(site, m, key, func() bool { deleted = m.CompareAndDelete(key, old); return deleted })
	return deleted
}

// MapClear is m.Clear().
func MapClear(site uint32, m *sync.Map) {
	r, g := active()
	if r == nil {
		m.Clear()
		return
	}
	r.point(g, opAtomic, site, unsafe.Pointer(m))
	keys := r.keysOf(m, site)
	m.Clear()
	for _, key := range keys {
		r.emitCell(g, m, key, site, atomicStore)
	}
}

// MapRange is m.Range(f). Under control the keys come in an order that the run's seed decides.
func MapRange(site uint32, m *sync.Map, f func(key, value any) bool) {
	r, g := active()
	if r == nil {
		m.Range(f)
		return
	}
	r.point(g, opAtomic, site, unsafe.Pointer(m))
	keys := r.keysOf(m, site)
	r.shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for index, key := range keys {
		if index > 0 {
			r.point(g, opAtomic, site, unsafe.Pointer(m))
		}
		value, ok := m.Load(key)
		r.emitCell(g, m, key, site, atomicLoad)
		if ok && !f(key, value) {
			return
		}
	}
}

// keysOf lists the keys in the order in which the run has met them.
func (r *run) keysOf(m *sync.Map, site uint32) []any {
	var keys []any
	m.Range(func(key, _ any) bool {
		keys = append(keys, key)
		return true
	})
	var fresh []any
	known := r.maps.get(unsafe.Pointer(m))
	for _, key := range keys {
		if known == nil || known.find(key) == nil {
			fresh = append(fresh, key)
		}
	}
	sortKeys(fresh)
	for _, key := range fresh {
		r.cell(m, key, site)
	}
	sortBy(keys, func(a, b any) int { return r.cell(m, a, site).number - r.cell(m, b, site).number })
	return keys
}
