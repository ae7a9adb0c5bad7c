package lockstep

import (
	"sync/atomic"
	"unsafe"
	"weak"
)

// A run knows objects by their addresses. It keeps those alive that it has met since the last garbage collection, so
// that what is true of an address stays true. A program may watch memory being collected, though: before a collection
// the run lets go of everything, and remembers of each address in which generation it has met it there. Memory that
// was freed and is used again is another generation, and another object.

//go:linkname findObject runtime.findObject
func findObject(p, refBase, refOff uintptr) (base uintptr, span unsafe.Pointer, index uintptr)

// generation is a weak pointer to the memory; nil for what is never freed.
type generation weak.Pointer[anchor]

// anchor is what weak pointers are made to. The type is like no other, so that the instance of weak.Make is compiled
// with this package.
type anchor struct{ ofLockstep byte }

// generationOf tells in which generation the memory at p is, which is alive.
func generationOf(p unsafe.Pointer) generation {
	base, _, _ := findObject(uintptr(p), 0, 0)
	if base == 0 {
		return generation{}
	}
	return generation(weak.Make((*anchor)(unsafe.Add(p, -int(uintptr(p)-base)))))
}

// word is where the address stands until the memory has been freed.
func (g generation) word() *uintptr { return *(**uintptr)(unsafe.Pointer(&g)) }

func (g generation) freed() bool { return g.word() != nil && atomic.LoadUintptr(g.word()) == 0 }

// at gives the way back to an address in this generation, nil when it has been freed.
func (g generation) at(address uintptr) unsafe.Pointer {
	if g.word() == nil {
		return *(*unsafe.Pointer)(unsafe.Pointer(&address))
	}
	base := unsafe.Pointer(weak.Pointer[anchor](g).Value())
	if base == nil {
		return nil
	}
	return unsafe.Add(base, int(address-uintptr(base)))
}

// aged is an object that has been met before a collection.
type aged struct {
	object     uint32
	generation generation
}

// agedTable holds them by address.
type agedTable struct {
	table[uint64, aged]
	gone []agedAt // whose address is used by another
}

type agedAt struct {
	address uintptr
	aged
}

func (t *agedTable) object(at unsafe.Pointer) (index uint32, found bool) {
	known, found := t.find(uint64(uintptr(at)))
	return known.object, found && !known.generation.freed()
}

// take over what young knows, and let it go.
func (t *agedTable) take(young *table[unsafe.Pointer, uint32]) {
	young.all(func(at unsafe.Pointer, object uint32) {
		address := uintptr(at)
		place := t.place(uint64(address))
		if place.generation.word() != nil { // freed, or it would have been found
			t.gone = append(t.gone, agedAt{address, *place})
		}
		*place = aged{object, generationOf(at)}
	})
	*young = table[unsafe.Pointer, uint32]{}
}

// identities are the objects of a run by address: since the last collection, and before it.
type identities struct {
	young table[unsafe.Pointer, uint32]
	old   agedTable
}

func (i *identities) find(at unsafe.Pointer) (object uint32, found bool) {
	if object, found = i.young.find(at); found || i.old.count == 0 {
		return object, found
	}
	return i.old.object(at)
}

// letGo makes addresses known by their generation, which keeps nothing alive.
func (i *identities) letGo() { i.old.take(&i.young) }

// all visits every object with its address. Those with different generations never were at once.
func (i *identities) all(visit func(address uintptr, g generation, object uint32)) {
	mixed := i.old.count > 0
	i.young.all(func(at unsafe.Pointer, object uint32) {
		var g generation
		if mixed { // with others in the same object
			g = generationOf(at)
		}
		visit(uintptr(at), g, object)
	})
	i.old.all(func(address uint64, known aged) { visit(uintptr(address), known.generation, known.object) })
	for _, known := range i.old.gone {
		visit(known.address, known.generation, known.object)
	}
}

// hidden is the content of a table that keeps nothing alive for a while.
type hidden[V any] struct {
	table   *table[unsafe.Pointer, V]
	entries []hiddenEntry[V]
}

type hiddenEntry[V any] struct {
	address    uintptr
	generation generation
	value      V
}

// hide empties the table; what it returns puts back what has not been freed meanwhile, and says whether it
// has left something out.
func hide[V any](t *table[unsafe.Pointer, V]) (back func() bool) {
	if t.count == 0 {
		return func() bool { return false }
	}
	h := hidden[V]{table: t}
	t.all(func(at unsafe.Pointer, value V) {
		h.entries = append(h.entries, hiddenEntry[V]{uintptr(at), generationOf(at), value})
	})
	*t = table[unsafe.Pointer, V]{}
	return h.back
}

func (h *hidden[V]) back() (lost bool) {
	for _, e := range h.entries {
		if at := e.generation.at(e.address); at != nil {
			h.table.put(at, e.value)
		} else {
			lost = true
		}
	}
	return lost
}
