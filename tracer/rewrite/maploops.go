package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// mapOf gives the map type of a type, also of a type parameter that stands for maps of one kind.
func mapOf(t types.Type) (*types.Map, bool) {
	if t == nil {
		return nil, false
	}
	if _, parameter := types.Unalias(t).(*types.TypeParam); !parameter {
		m, ok := t.Underlying().(*types.Map)
		return m, ok
	}
	var found *types.Map
	for _, term := range terms(t.Underlying()) {
		m, ok := term.Underlying().(*types.Map)
		if !ok || found != nil && !types.Identical(found, m) {
			return nil, false
		}
		found = m
	}
	return found, found != nil
}

// rangeMap turns the head of the loop into one of three parts, in which the runtime says what comes next. From Go 1.22
// on variables of the loop are declared in its body, around what the user has there; before, in its head.
func (w *walker) rangeMap(s *ast.RangeStmt) {
	key, value := named(s.Key), named(s.Value)
	if !key && !value { // nothing tells the order
		w.mapAccess(s.X, "IterateMap", "read")
		w.read(s.X)
		return
	}
	site := "0"
	if w.sharedMap(s.X) {
		site = w.site(s.X.Pos(), "read", w.text(s.X))
	}
	loop := "__lockstep_m" + strconv.Itoa(w.offset(s.For))
	head, body := w.offset(s.For)+len("for"), w.offset(s.Body.Lbrace)+1
	begin := func(variables, function, next string) {
		w.replace(head, w.offset(s.X.Pos()), " "+loop+variables+" := __lockstep."+function+"("+site+", ")
		w.wrap(s.X, "", "); "+loop+next+";")
	}
	names, values := pairOf(key, value, identName(s.Key), identName(s.Value)), pairOf(key, value, loop+".Key", loop+".Value")
	switch {
	case s.Tok == token.DEFINE && !w.oldLoops:
		begin("", "RangeMap", ".Next()")
		w.insert(body, " "+names+" := "+values+"; {")
		w.insert(w.offset(s.Body.Rbrace), "}")
	case s.Tok == token.DEFINE:
		switch {
		case !value:
			begin(", "+names, "RangeKeys", ".FillKey(&"+names+")")
		case !key:
			begin(", "+names, "RangeValues", ".FillValue(&"+names+")")
		default:
			begin(", "+names, "RangeMap2", ".Fill(&"+identName(s.Key)+", &"+identName(s.Value)+")")
		}
	default:
		begin("", "RangeMap", ".Next()")
		w.assigned(s, loop, body)
	}
	w.read(s.X)
}

// assigned puts what the loop assigns at the start of its body: `k, v = …Key, …Value`.
func (w *walker) assigned(s *ast.RangeStmt, loop string, body int) {
	right := ""
	var parts []func() string
	for _, part := range []struct {
		e     ast.Expr
		value string
	}{{s.Key, ".Key"}, {s.Value, ".Value"}} {
		if !named(part.e) {
			continue
		}
		start, end, line := w.offset(part.e.Pos()), w.offset(part.e.End()), w.tokens.PositionFor(part.e.Pos(), false).Line
		parts = append(parts, func() string { return join(w.render(start, end), line, false) })
		if right != "" {
			right += ", "
		}
		right += loop + part.value
	}
	w.add(body, point, body, body, len(w.pieces), func() string {
		left := ""
		for i, part := range parts {
			if i > 0 {
				left += ", "
			}
			left += part()
		}
		return " " + left + " = " + right + ";"
	})
}

// named: there is a variable, and it is not the blank one.
func named(e ast.Expr) bool { return e != nil && identName(e) != "_" }

func pairOf(first, second bool, one, two string) string {
	switch {
	case !second:
		return one
	case !first:
		return two
	default:
		return one + ", " + two
	}
}

// entered is a key on its way into a map: addresses in it are numbered, so that loops over the map have an order.
func (w *walker) entered(e ast.Expr) {
	value := w.info.Types[e]
	literal, _ := e.(*ast.CompositeLit)
	elided := literal != nil && literal.Type == nil
	if !value.IsNil() && value.Value == nil && !elided && hasAddress(value.Type) {
		w.wrap(e, "__lockstep.Key(", ")")
	}
	w.read(e)
}

// hasAddress: values of the type may be told apart by addresses alone.
func hasAddress(t types.Type) bool {
	switch t := under(t).(type) {
	case *types.Basic:
		return t.Kind() == types.UnsafePointer
	case *types.Array:
		return hasAddress(t.Elem())
	case *types.Struct:
		for field := range t.Fields() {
			if hasAddress(field.Type()) {
				return true
			}
		}
		return false
	}
	return true
}
