package lockstep

import (
	"iter"
	"reflect"
	"slices"
	"strings"
	"unsafe"
)

// Go begins a loop over a map anywhere, anew each time. Under control the run's seed decides the order, so that a
// replay goes through the map as the run did. The keys are put in an order that is the same in every process first:
// by value, and by when they were seen first where the value is an address.

// MapLoop is a loop over a map.
type MapLoop[K comparable, V any] struct {
	site uint32
	m    map[K]V
	// Under control: what is still to come.
	keys  []mapKey[K, V]
	begun bool
	// Elsewhere, Go's own way.
	natural *reflect.MapIter
	Key     K
	Value   V
}

type mapKey[K comparable, V any] struct {
	key   K
	value *V // of a key that is not equal to itself, and so cannot be looked up
	rank  string
}

// RangeMap begins a loop over m; the site is 0 when m is never written.
//
//go:noinline
func RangeMap[M ~map[K]V, K comparable, V any](site uint32, m M) *MapLoop[K, V] {
	return rangeMap[K, V](site, m)
}

//go:norace
func rangeMap[K comparable, V any](site uint32, m map[K]V) *MapLoop[K, V] {
	l := &MapLoop[K, V]{site: site, m: m}
	l.note() // another goroutine may come first, and write
	r, g := holdsTurn()
	if r == nil {
		l.natural = reflect.ValueOf(m).MapRange()
		return l
	}
	for key, value := range m {
		entry := mapKey[K, V]{key: key}
		if key != key {
			odd := value
			entry.value = &odd
		}
		l.keys = append(l.keys, entry)
	}
	if len(l.keys) > 1 {
		for i := range l.keys {
			l.keys[i].rank = string(r.rank(nil, reflect.ValueOf(&l.keys[i].key).Elem()))
		}
		slices.SortStableFunc(l.keys, func(a, b mapKey[K, V]) int { return strings.Compare(a.rank, b.rank) })
		order := g.nextLoop(r)
		for i := len(l.keys) - 1; i > 0; i-- {
			j := order.IntN(i + 1)
			l.keys[i], l.keys[j] = l.keys[j], l.keys[i]
		}
	}
	return l
}

// RangeMap2 begins a loop with variables of its own, in files before Go 1.22.
func RangeMap2[M ~map[K]V, K comparable, V any](site uint32, m M) (l *MapLoop[K, V], key K, value V) {
	return RangeMap(site, m), key, value
}

// RangeKeys is RangeMap2 without the value.
func RangeKeys[M ~map[K]V, K comparable, V any](site uint32, m M) (l *MapLoop[K, V], key K) {
	return RangeMap(site, m), key
}

// RangeValues is RangeMap2 without the key.
func RangeValues[M ~map[K]V, K comparable, V any](site uint32, m M) (l *MapLoop[K, V], value V) {
	return RangeMap(site, m), value
}

// note records that the map is looked into.
func (l *MapLoop[K, V]) note() {
	if l.site != 0 {
		access(opRead, l.site, operand{channelKey(l.m), kindMap}, iterates)
	}
}

// Next fetches the next key and value; false at the end. What was deleted meanwhile does not come, nor what was added.
//
//go:noinline
func (l *MapLoop[K, V]) Next() bool { return l.next() }

//go:norace
func (l *MapLoop[K, V]) next() bool {
	if l.natural != nil {
		if !l.natural.Next() {
			return false
		}
		reflect.ValueOf(&l.Key).Elem().SetIterKey(l.natural)
		reflect.ValueOf(&l.Value).Elem().SetIterValue(l.natural)
		return true
	}
	for ; len(l.keys) > 0; l.begun = true {
		if l.begun { // each step looks into the map again
			l.note()
		}
		next := l.keys[0]
		l.keys = l.keys[1:]
		value, there := l.m[next.key]
		if next.value != nil && len(l.m) > 0 { // only clear takes it out
			value, there = *next.value, true
		}
		if there {
			l.Key, l.Value, l.begun = next.key, value, true
			return true
		}
	}
	return false
}

// Fill is Next with variables of the loop.
func (l *MapLoop[K, V]) Fill(key *K, value *V) bool {
	if !l.Next() {
		return false
	}
	*key, *value = l.Key, l.Value
	return true
}

func (l *MapLoop[K, V]) FillKey(key *K) bool {
	if !l.Next() {
		return false
	}
	*key = l.Key
	return true
}

func (l *MapLoop[K, V]) FillValue(value *V) bool {
	if !l.Next() {
		return false
	}
	*value = l.Value
	return true
}

// nextLoop gives what decides the order of the goroutine's next loop: the number of the loop counts and not when it
// is run, so that it stays the same while a schedule is shortened.
func (g *routine) nextLoop(r *run) random {
	g.loops++
	seed := r.seed
	for _, letter := range []byte(g.path) {
		seed = mix(seed, uint64(letter))
	}
	return random{mix(seed, g.loops)}
}

// rank appends a text that is smaller for one key than for another in every process that takes the same course.
func (r *run) rank(text []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(text, 1)
		}
		return append(text, 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return appendWord(text, uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return appendWord(text, v.Uint())
	case reflect.Float32, reflect.Float64:
		return appendFloat(text, v.Float())
	case reflect.Complex64, reflect.Complex128:
		return appendFloat(appendFloat(text, real(v.Complex())), imag(v.Complex()))
	case reflect.String:
		return append(appendWord(text, uint64(v.Len())), v.String()...)
	case reflect.Array:
		for i := range v.Len() {
			text = r.rank(text, v.Index(i))
		}
		return text
	case reflect.Struct:
		for i := range v.NumField() {
			text = r.rank(text, v.Field(i))
		}
		return text
	case reflect.Interface:
		if v.IsNil() {
			return append(text, 0)
		}
		name := v.Elem().Type().String()
		return r.rank(append(appendWord(append(text, 1), uint64(len(name))), name...), v.Elem())
	default: // an address
		return appendWord(text, r.acquaint(v.UnsafePointer()))
	}
}

func appendWord(text []byte, word uint64) []byte {
	for shift := 56; shift >= 0; shift -= 8 {
		text = append(text, byte(word>>shift))
	}
	return text
}

func appendFloat(text []byte, value float64) []byte {
	return appendWord(text, *(*uint64)(unsafe.Pointer(&value)))
}

// acquaint numbers addresses in the order in which they are seen; nil is 0.
//
//go:norace
func (r *run) acquaint(address unsafe.Pointer) uint64 {
	if address == nil {
		return 0
	}
	number := r.acquainted.place(address)
	if *number == 0 {
		r.strangers++
		*number = r.strangers
	}
	return *number
}

// Key is a key with addresses in it, on its way into a map: those it has are numbered now, when no order is needed.
//
//go:norace
func Key[K any](key K) K {
	if r, _ := holdsTurn(); r != nil {
		numbered := key
		r.rank(nil, reflect.ValueOf(&numbered).Elem())
	}
	return key
}

// MapAll, MapKeys and MapValues are maps.All, Keys and Values; the site is 0 when m is never written.
func MapAll[M ~map[K]V, K comparable, V any](site uint32, m M) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for l := RangeMap(site, m); l.Next() && yield(l.Key, l.Value); {
		}
	}
}

func MapKeys[M ~map[K]V, K comparable, V any](site uint32, m M) iter.Seq[K] {
	return func(yield func(K) bool) {
		for l := RangeMap(site, m); l.Next() && yield(l.Key); {
		}
	}
}

func MapValues[M ~map[K]V, K comparable, V any](site uint32, m M) iter.Seq[V] {
	return func(yield func(V) bool) {
		for l := RangeMap(site, m); l.Next() && yield(l.Value); {
		}
	}
}
