package lockstep

import (
	"fmt"
	"reflect"
	"strings"
	"unsafe"
)

// What stands behind an interface or in another map is found when the program runs, and only under control: there nobody
// writes what is looked at meanwhile. The rules are those of `rewrite`, which knows the types of the rest.

// A manner is how a function goes through what it is handed.
type manner struct {
	pointers bool   // all of them are followed, not only what is handed
	all      bool   // fields that are not exported too, whose methods cannot be called then
	promotes bool   // … of embedded structs, exported or not, those that are
	tag      string // of fields; "-" leaves them out
	own      []reflect.Type
}

var (
	marshalsText = reflect.TypeFor[interface{ MarshalText() ([]byte, error) }]()

	printing = manner{all: true, own: []reflect.Type{
		reflect.TypeFor[fmt.Formatter](), reflect.TypeFor[fmt.GoStringer](), reflect.TypeFor[fmt.Stringer](), reflect.TypeFor[error](),
	}}
	withJSON = manner{pointers: true, promotes: true, tag: "json", own: []reflect.Type{
		reflect.TypeFor[interface{ MarshalJSON() ([]byte, error) }](), marshalsText,
	}}
	withGob = manner{pointers: true, own: []reflect.Type{
		reflect.TypeFor[interface{ GobEncode() ([]byte, error) }](), reflect.TypeFor[interface{ MarshalBinary() ([]byte, error) }](), marshalsText,
	}}
)

// The letters of manners.
const (
	printsHanded = 'P' // … what was handed over: it is followed where it is a pointer; 'p' is for what is inside of that
	encodesJSON  = 'j'
	encodesGob   = 'g'
)

func mannerOf(letter byte) manner {
	switch letter {
	case encodesJSON:
		return withJSON
	case encodesGob:
		return withGob
	default:
		return printing
	}
}

const (
	deepestBehind = 8   // values around a map
	mostBehind    = 256 // values of one argument
)

// A behind is a look at one argument.
type behind struct {
	manner
	run   *run
	site  uint32
	seen  int
	depth int
}

// goBehind looks into the interface, or the map, of type t at p. Go's race detector sees by itself what is looked at.
func goBehind(site uint32, letter byte, t reflect.Type, p unsafe.Pointer) {
	r, _ := holdsTurn()
	if r == nil || raceDetector {
		return
	}
	b := &behind{manner: mannerOf(letter), run: r, site: site}
	v := reflect.NewAt(t, p).Elem()
	if letter != printsHanded || v.Kind() == reflect.Map {
		b.depth = 1
	}
	if v.Kind() == reflect.Map {
		b.values(v, false)
	} else {
		b.enter(v, false)
	}
}

// enter looks into a value; hidden says that a field which is not exported leads there.
func (b *behind) enter(v reflect.Value, hidden bool) {
	b.seen++
	if !v.IsValid() || isPlain(v.Kind()) || b.seen > mostBehind || b.depth == deepestBehind || isOurs(v.Type()) || !hidden && b.itself(v.Type()) {
		return
	}
	b.depth++
	defer func() { b.depth-- }()
	switch v.Kind() {
	case reflect.Interface:
		b.depth--
		b.enter(v.Elem(), hidden)
		b.depth++
	case reflect.Pointer:
		if b.pointers || b.depth == 1 {
			b.enter(v.Elem(), hidden)
		}
	case reflect.Array, reflect.Slice:
		for i := range min(v.Len(), mostElements) {
			if isPlain(v.Type().Elem().Kind()) {
				return
			}
			b.enter(v.Index(i), hidden)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			b.field(v.Type().Field(i), v.Field(i), hidden)
		}
	case reflect.Map:
		if !v.IsNil() {
			lookInto(opRead, b.site, v.UnsafePointer(), iterates)
			b.values(v, hidden)
		}
	}
}

func (b *behind) field(f reflect.StructField, v reflect.Value, hidden bool) {
	if b.tag != "" && f.Tag.Get(b.tag) == "-" {
		return
	}
	if !b.all && !f.IsExported() && !(b.promotes && f.Anonymous && f.Type.Kind() == reflect.Struct) {
		return
	}
	b.enter(v, hidden || !f.IsExported() && !f.Anonymous)
}

type ranked struct {
	rank  string
	value reflect.Value
}

// values are those of a map, in the same order each time.
func (b *behind) values(m reflect.Value, hidden bool) {
	if isPlain(m.Type().Elem().Kind()) {
		return
	}
	var entries []any
	for each := m.MapRange(); each.Next(); {
		entries = append(entries, ranked{string(b.run.rank(nil, each.Key())), each.Value()})
	}
	sortBy(entries, func(one, other any) int { return strings.Compare(one.(ranked).rank, other.(ranked).rank) })
	for _, e := range entries[:min(len(entries), mostElements)] {
		b.enter(e.(ranked).value, hidden)
	}
}

// itself: a value of the type, or a pointer to it, has a method that does what the function would.
func (b *behind) itself(t reflect.Type) bool {
	for _, own := range b.own {
		if t.Implements(own) || t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(own) {
			return true
		}
	}
	return false
}

// isOurs: what the tracer knows without looking into it.
func isOurs(t reflect.Type) bool {
	switch t.PkgPath() {
	case "sync", "sync/atomic", "testing":
		return true
	}
	return false
}

// isPlain: nothing of the kind holds a map.
func isPlain(k reflect.Kind) bool {
	switch k {
	case reflect.Interface, reflect.Pointer, reflect.Array, reflect.Slice, reflect.Struct, reflect.Map:
		return false
	}
	return true
}
