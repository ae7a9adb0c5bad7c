package rewrite

import (
	"go/ast"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Maps inside of what is handed to functions that print or encode: where they are, the types tell, and behind interfaces and
// in other maps the runtime finds out. Where a value may print or encode itself nothing is said about what is in it.

// A manner is how a function goes through what it is handed.
type manner struct {
	pointers bool     // all of them are followed, not only what is handed
	all      bool     // fields that are not exported too, whose methods cannot be called then
	promotes bool     // … of embedded structs, exported or not, those that are
	tag      string   // of fields; "-" leaves them out
	own      []string // methods that do it in the place of the function
	letter   string   // for the runtime
}

var (
	printing = &manner{all: true, own: []string{"Format", "GoString", "Error", "String"}, letter: "p"}
	withJSON = &manner{pointers: true, promotes: true, tag: "json", own: []string{"MarshalJSON", "MarshalText"}, letter: "j"}
	withGob  = &manner{pointers: true, own: []string{"GobEncode", "MarshalBinary", "MarshalText"}, letter: "g"}
	shallow  = &manner{} // what is inside may not be looked at
)

// An insideMap is one of the maps inside of a value. Its path is made of `.2` for a field, `*` for what a pointer points to
// and `[]` for each element; it ends with `?` where only the runtime knows what is there.
type insideMap struct{ path, name string }

const (
	mostInside    = 16 // maps of one value
	deepestInside = 8  // types around a map
	mostEntered   = 1_000
)

type insides struct {
	*manner
	written map[string]bool
	found   []insideMap
	around  []types.Type
	entered int
}

func (w *walker) mapsInside(t types.Type, how *manner) []insideMap {
	if t == nil || how == shallow {
		return nil
	}
	search := &insides{manner: how, written: w.facts.maps}
	search.enter(t, insideMap{}, false)
	return search.found
}

// enter looks into a value of type t; hidden says that a field which is not exported leads there.
func (s *insides) enter(t types.Type, at insideMap, hidden bool) {
	s.entered++
	if s.entered > mostEntered || len(s.around) == deepestInside || slices.ContainsFunc(s.around, func(o types.Type) bool { return types.Identical(o, t) }) ||
		unshareable(t) || !hidden && s.itself(t) {
		return
	}
	s.around = append(s.around, t)
	defer func() { s.around = s.around[:len(s.around)-1] }()
	switch u := under(t).(type) {
	case *types.Pointer:
		if s.pointers || len(s.around) == 1 {
			s.enter(u.Elem(), insideMap{at.path + "*", at.name}, hidden)
		}
	case *types.Array:
		s.enter(u.Elem(), insideMap{at.path + "[]", at.name + "[…]"}, hidden)
	case *types.Slice:
		s.enter(u.Elem(), insideMap{at.path + "[]", at.name + "[…]"}, hidden)
	case *types.Struct:
		for i := range u.NumFields() {
			s.field(u.Field(i), u.Tag(i), insideMap{at.path + "." + strconv.Itoa(i), at.name + "." + u.Field(i).Name()}, hidden)
		}
	case *types.Interface:
		s.unknown(t, at)
	case *types.Map:
		s.meet(u, at)
		s.unknown(u.Elem(), at)
	}
}

// unknown: in an interface, or in a map whose elements are of type t, there may be maps.
func (s *insides) unknown(t types.Type, at insideMap) {
	_, parameter := types.Unalias(t).(*types.TypeParam)
	if parameter || len(s.written) == 0 || len(s.found) == mostInside || !s.mayHold(t, 0) {
		return
	}
	letter := s.letter
	if at.path == "" && !s.pointers {
		letter = strings.ToUpper(letter) // what is handed is followed
	}
	s.found = append(s.found, insideMap{at.path + "?" + letter, at.name})
}

// mayHold: a map may be in a value of the type.
func (s *insides) mayHold(t types.Type, depth int) bool {
	s.entered++
	if s.entered > mostEntered || depth == deepestInside || unshareable(t) {
		return false
	}
	switch u := under(t).(type) {
	case *types.Interface, *types.Map:
		return true
	case *types.Pointer:
		return s.mayHold(u.Elem(), depth+1)
	case *types.Array:
		return s.mayHold(u.Elem(), depth+1)
	case *types.Slice:
		return s.mayHold(u.Elem(), depth+1)
	case *types.Struct:
		for i := range u.NumFields() {
			if s.mayHold(u.Field(i).Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

func (s *insides) field(f *types.Var, tag string, at insideMap, hidden bool) {
	if s.tag != "" && reflect.StructTag(tag).Get(s.tag) == "-" {
		return
	}
	if _, structure := under(f.Type()).(*types.Struct); !s.all && !f.Exported() && !(s.promotes && f.Embedded() && structure) {
		return
	}
	if m, ok := under(f.Origin().Type()).(*types.Map); ok && s.written[m.String()] && (hidden || !s.itself(f.Type())) {
		s.meet(m, at) // of a generic type
		return
	}
	s.enter(f.Type(), at, hidden || !f.Exported() && !f.Embedded())
}

func (s *insides) meet(m *types.Map, at insideMap) {
	if at.path != "" && s.written[m.String()] && len(s.found) < mostInside {
		s.found = append(s.found, at)
	}
}

// itself: a value of the type, or a pointer to it, has a method of its own that does what the function would.
func (s *insides) itself(t types.Type) bool {
	return slices.ContainsFunc(s.own, func(name string) bool {
		object, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
		_, method := object.(*types.Func)
		return method
	})
}

// handedInside records that the maps inside of an argument are read.
func (w *walker) handedInside(a ast.Expr, rest []ast.Expr, how *manner) {
	for _, m := range w.mapsInside(w.info.TypeOf(a), how) {
		name := ast.Unparen(a)
		if reference, ok := name.(*ast.UnaryExpr); ok {
			name = reference.X
		}
		owner := "…"
		if simple(name) {
			owner = w.source(name)
		}
		w.whenHanded(a, rest, "IterateInside", strconv.Quote(m.path)+", ", func() string {
			return w.site(a.Pos(), "read", shortened(owner+m.name))
		})
	}
}
