package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// Operations on many elements of a slice at once.

// sharedElements: the expression is a slice whose elements are written somewhere.
func (w *walker) sharedElements(e ast.Expr) bool {
	s, ok := under(w.info.TypeOf(e)).(*types.Slice)
	return ok && w.memory && w.facts.elements[s.Elem().String()] && !unshareable(s.Elem())
}

func (w *walker) elements(e ast.Expr, function, operation, more string) {
	w.wrap(e, "__lockstep."+function+"("+w.site(e.Pos(), operation, w.text(e))+", ", more+")")
}

// appended records the elements that append writes behind the end of a slice, or reads to move them.
func (w *walker) appended(e *ast.CallExpr) {
	s, ok := under(w.info.TypeOf(e.Args[0])).(*types.Slice)
	if !ok || !w.memory || len(e.Args) < 2 || unshareable(s.Elem()) {
		return
	}
	switch element := s.Elem().String(); ast.Unparen(e.Args[0]).(type) {
	case *ast.CallExpr, *ast.CompositeLit:
		return
	default:
		if !w.facts.elements[element] && !w.facts.forked[element] {
			return
		}
	}
	count := strconv.Itoa(len(e.Args) - 1)
	if e.Ellipsis.IsValid() {
		last := ast.Unparen(e.Args[1])
		if value := w.info.Types[last]; value.IsNil() || !simple(last) || w.hasNewline(w.offset(last.Pos()), w.offset(last.End())) {
			return
		}
		count = "len(" + w.source(last) + ")"
	} else if _, several := w.info.TypeOf(e.Args[1]).(*types.Tuple); several {
		return
	}
	w.elements(e.Args[0], "Append", "write", ", "+count)
}

// copied: the runtime copies, because how much is copied depends on both sides.
func (w *walker) copied(e *ast.CallExpr) {
	if len(e.Args) != 2 || !w.sharedElements(e.Args[0]) {
		return
	}
	if _, slice := under(w.info.TypeOf(e.Args[1])).(*types.Slice); !slice {
		return
	}
	id := w.site(e.Pos(), "write", w.text(e))
	w.replace(w.offset(e.Pos()), w.offset(e.Lparen)+1, "__lockstep.Copy("+id+", ")
}

// rangeElements records the read of each element that a loop over a slice takes.
func (w *walker) rangeElements(s *ast.RangeStmt, listed bool) {
	if !listed || s.Value == nil || identName(s.Value) == "_" || !w.sharedElements(s.X) {
		return
	}
	id := w.site(s.X.Pos(), "read", w.text(s.X))
	loop := "__lockstep_e" + id
	w.wrap(s, "{ "+loop+" := __lockstep.Elements("+id+"); ", " }")
	w.wrap(s.X, "__lockstep.Over(&"+loop+", ", ")")
	w.insert(w.offset(s.Body.Lbrace)+1, " "+loop+".Next();")
}

// copiesArray: a loop over an array that takes its elements copies it first.
func copiesArray(s *ast.RangeStmt) bool {
	return s.Value != nil && (s.Tok == token.ASSIGN || identName(s.Value) != "_")
}
