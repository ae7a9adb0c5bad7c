package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// shared: the expression denotes memory that more than one goroutine may reach and that is written
// somewhere after its declaration.
func (w *walker) shared(e ast.Expr) bool {
	value, known := w.info.Types[e]
	if !w.memory || !known || !value.Addressable() || unshareable(value.Type) {
		return false
	}
	return w.reached(e) && w.changed(e)
}

// reached: a package-level variable, a captured local, or memory behind a pointer or a slice.
func (w *walker) reached(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := w.info.Uses[e].(*types.Var)
		return ok && (global(v) || w.facts.captured[v.Pos()])
	case *ast.SelectorExpr:
		s := w.info.Selections[e]
		if s == nil {
			return w.reached(e.Sel)
		}
		return s.Indirect() || w.reached(e.X)
	case *ast.IndexExpr:
		if _, array := under(w.info.TypeOf(e.X)).(*types.Array); array {
			return w.reached(e.X)
		}
		return true
	case *ast.StarExpr:
		return true
	}
	return false
}

func (w *walker) changed(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := w.info.Uses[e].(*types.Var)
		return ok && w.facts.written[v.Pos()]
	case *ast.SelectorExpr:
		s := w.info.Selections[e]
		if s == nil {
			return w.changed(e.Sel)
		}
		v, ok := s.Obj().(*types.Var)
		return ok && w.facts.written[v.Origin().Pos()] || !s.Indirect() && w.changed(e.X)
	case *ast.IndexExpr:
		switch t := under(w.info.TypeOf(e.X)).(type) {
		case *types.Slice:
			return w.facts.elements[t.Elem().String()]
		case *types.Pointer:
			array, ok := under(t.Elem()).(*types.Array)
			return ok && w.facts.elements[array.Elem().String()]
		case *types.Array:
			return w.changed(e.X)
		}
		return true
	case *ast.StarExpr:
		return w.mutable(w.info.TypeOf(e))
	}
	return false
}

// mutable: somewhere a value of the type is changed in place, behind a pointer.
func (w *walker) mutable(t types.Type) bool {
	if w.facts.whole[t.String()] {
		return true
	}
	s, ok := under(t).(*types.Struct)
	if !ok {
		return true
	}
	for field := range s.Fields() {
		_, inner := under(field.Type()).(*types.Struct)
		if w.facts.written[field.Origin().Pos()] || inner && w.mutable(field.Type()) {
			return true
		}
	}
	return false
}

func global(v *types.Var) bool { return v.Pkg() != nil && v.Parent() == v.Pkg().Scope() }

// unshareable: values whose memory only their own methods touch, and the testing handles.
func unshareable(t types.Type) bool {
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		named, ok := types.Unalias(pointer.Elem()).(*types.Named)
		return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "testing"
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	switch named.Obj().Pkg().Path() {
	case "sync":
		return named.Obj().Name() != "Locker"
	case "sync/atomic", "testing":
		return true
	}
	return false
}

// access wraps a shared location: `(*__lockstep.Read(S, &x))`.
func (w *walker) access(e ast.Expr, function, operation string) {
	if !w.shared(e) {
		return
	}
	id := w.site(e.Pos(), operation, w.text(e))
	w.wrap(e, "(*__lockstep."+function+"("+id+", &", "))")
}

// touch is access in a form that stands behind what is evaluated first: `__lockstep.Write(S, &x)`. It
// repeats the operand as written, which therefore must be free of calls. Empty when there is nothing to record.
func (w *walker) touch(e ast.Expr, function, mapFunction string) string {
	e = ast.Unparen(e)
	if !simple(e) || w.hasNewline(w.offset(e.Pos()), w.offset(e.End())) {
		return ""
	}
	if index, ok := e.(*ast.IndexExpr); ok && w.sharedMap(index.X) {
		id := w.site(index.X.Pos(), "write", w.text(index.X))
		return "__lockstep." + mapFunction + "(" + id + ", " + w.source(index.X) + ")"
	}
	if !w.shared(e) {
		return ""
	}
	id := w.site(e.Pos(), "write", w.text(e))
	return "__lockstep." + function + "(" + id + ", &" + w.source(e) + ")"
}

// sharedMap: a map of a type that is written somewhere. Even a local one may have been handed to another goroutine.
func (w *walker) sharedMap(e ast.Expr) bool {
	t, ok := under(w.info.TypeOf(e)).(*types.Map)
	return ok && w.memory && w.facts.maps[t.String()]
}

func (w *walker) mapAccess(e ast.Expr, function, operation string) {
	if !w.sharedMap(e) {
		return
	}
	id := w.site(e.Pos(), operation, w.text(e))
	w.wrap(e, "__lockstep."+function+"("+id+", ", ")")
}

// written handles the left side of an assignment: function is Write or Update, or empty when the access
// itself is recorded elsewhere and only the operands inside are of interest.
func (w *walker) written(e ast.Expr, function string) {
	e = ast.Unparen(e)
	if index, ok := e.(*ast.IndexExpr); ok {
		if _, isMap := under(w.info.TypeOf(index.X)).(*types.Map); isMap {
			if function != "" {
				w.mapAccess(index.X, "WriteMap", "write")
			}
			w.read(index.X)
			w.entered(index.Index)
			return
		}
	}
	if function != "" {
		w.access(e, function, "write")
	}
	w.address(e)
}

// address handles an operand whose location is computed but not accessed.
func (w *walker) address(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Ident:
	case *ast.ParenExpr:
		w.address(e.X)
	case *ast.SelectorExpr:
		if w.info.Selections[e] != nil {
			w.base(e.X)
		}
	case *ast.IndexExpr:
		w.base(e.X)
		w.read(e.Index)
	case *ast.StarExpr:
		w.read(e.X)
	default:
		w.read(e)
	}
}

// base handles what a field or an element is selected from: a pointer, slice or map in it is read, a
// struct or array in place is not.
func (w *walker) base(e ast.Expr) {
	value := w.info.Types[e]
	switch under(value.Type).(type) {
	case *types.Struct, *types.Array:
		if value.Addressable() {
			w.address(e)
			return
		}
	}
	w.read(e)
}

// waits: the evaluation may call something or receive, and so may let another goroutine go first.
func (w *walker) waits(list []ast.Expr) bool {
	found := false
	for _, e := range list {
		ast.Inspect(e, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.UnaryExpr:
				found = found || n.Op == token.ARROW
			case *ast.CallExpr:
				value := w.info.Types[n.Fun]
				found = found || !value.IsType() && !value.IsBuiltin()
			}
			return !found
		})
	}
	return found
}

// simple: names, fields, elements and dereferences only, so that evaluating it twice changes nothing.
func simple(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident, *ast.BasicLit:
		return true
	case *ast.ParenExpr:
		return simple(e.X)
	case *ast.SelectorExpr:
		return simple(e.X)
	case *ast.StarExpr:
		return simple(e.X)
	case *ast.IndexExpr:
		return simple(e.X) && simple(e.Index)
	}
	return false
}

// before: the language version of a file is older than Go 1.minor. Unknown versions are new.
func before(version string, minor int) bool {
	var major, got int
	if n, _ := scanVersion(version, &major, &got); n < 2 {
		return false
	}
	return major == 1 && got < minor
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
