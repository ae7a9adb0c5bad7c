package lockstep

import "unsafe"

// table maps addresses or numbers to values: a hash table with linear probing. It stands in for Go's map, of which
// the race detector sees every access, so that it would take the scheduler's for races of the program.
type table[K tableKey, V any] struct {
	entries []tableEntry[K, V] // a power of two of them
	count   int
}

type tableKey interface{ unsafe.Pointer | uint64 }

type tableEntry[K tableKey, V any] struct {
	key   K
	used  bool
	value V
}

const smallestTable = 8

//go:norace
func (t *table[K, V]) home(key K) int {
	var word uint64
	if unsafe.Sizeof(key) == 8 {
		word = *(*uint64)(unsafe.Pointer(&key))
	} else {
		word = uint64(*(*uint32)(unsafe.Pointer(&key)))
	}
	return int((word*0x9e3779b97f4a7c15)>>32) & (len(t.entries) - 1) // Fibonacci hashing
}

// slot is where key is or belongs; there is always a free one.
//
//go:norace
func (t *table[K, V]) slot(key K) int {
	at := t.home(key)
	for t.entries[at].used && t.entries[at].key != key {
		at = (at + 1) & (len(t.entries) - 1)
	}
	return at
}

// find gives the value of key, and whether there is one.
//
//go:norace
func (t *table[K, V]) find(key K) (value V, found bool) {
	if t.count == 0 {
		return value, false
	}
	e := &t.entries[t.slot(key)]
	return e.value, e.used
}

// get gives the value of key, the zero value when there is none.
//
//go:norace
func (t *table[K, V]) get(key K) V {
	value, _ := t.find(key)
	return value
}

//go:norace
func (t *table[K, V]) put(key K, value V) { *t.place(key) = value }

// place points to the value of key, a new one if need be, until the table is changed again.
//
//go:norace
func (t *table[K, V]) place(key K) *V {
	if t.count >= len(t.entries)/4*3 {
		t.grow()
	}
	e := &t.entries[t.slot(key)]
	if !e.used {
		e.key, e.used = key, true
		t.count++
	}
	return &e.value
}

//go:norace
func (t *table[K, V]) grow() {
	old := t.entries
	t.entries = make([]tableEntry[K, V], max(smallestTable, 2*len(old)))
	for i := range old {
		if old[i].used {
			t.entries[t.slot(old[i].key)] = old[i]
		}
	}
}

// remove takes key out, and moves those up that had to make way for it.
//
//go:norace
func (t *table[K, V]) remove(key K) {
	if t.count == 0 {
		return
	}
	free := t.slot(key)
	if !t.entries[free].used {
		return
	}
	t.count--
	for at := free; ; {
		t.entries[free] = tableEntry[K, V]{}
		for {
			at = (at + 1) & (len(t.entries) - 1)
			if !t.entries[at].used {
				return
			}
			// Stays when its home lies cyclically in (free, at].
			if home := t.home(t.entries[at].key); (at-home)&(len(t.entries)-1) >= (at-free)&(len(t.entries)-1) {
				break
			}
		}
		t.entries[free] = t.entries[at]
		free = at
	}
}

// all calls visit for every entry, in no particular order.
//
//go:norace
func (t *table[K, V]) all(visit func(K, V)) {
	for i := range t.entries {
		if t.entries[i].used {
			visit(t.entries[i].key, t.entries[i].value)
		}
	}
}
