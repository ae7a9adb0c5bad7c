package rewrite

import (
	"go/ast"
	"go/types"
	"strings"
)

// atomicWrapper is the runtime's function for an operation of this name: loads order and race differently.
func atomicWrapper(name string) string {
	if strings.HasPrefix(name, "Load") {
		return "__lockstep.AtomicLoad("
	}
	return "__lockstep.Atomic("
}

// atomicFunction wraps the address that a function of sync/atomic works on.
func (w *walker) atomicFunction(e *ast.CallExpr) {
	if len(e.Args) > 0 {
		if _, several := w.info.TypeOf(e.Args[0]).(*types.Tuple); !several {
			id := w.site(e.Pos(), "atomic", w.text(e.Args[0]))
			f, _ := w.packageFunction(e.Fun)
			w.wrap(e.Args[0], atomicWrapper(f.Name())+id+", ", ")")
		}
	}
	w.arguments(e)
}

// atomicMethod wraps what a method of an atomic type is called on. False when it is none.
func (w *walker) atomicMethod(f *ast.SelectorExpr, s *types.Selection) bool {
	if s.Obj().Pkg() == nil || s.Obj().Pkg().Path() != "sync/atomic" {
		return false
	}
	o, ok := w.operandOf(f.X, s)
	if !ok {
		w.leave(f.Pos(), "%s is reached through a field that cannot be named here", w.text(f))
		return false
	}
	id := w.site(f.Pos(), "atomic", w.text(f.X))
	w.wrap(f.X, atomicWrapper(s.Obj().Name())+id+", "+o.reference, o.path+")")
	w.base(f.X)
	return true
}

// atomicCall: the call is an operation of sync/atomic.
func (w *walker) atomicCall(e *ast.CallExpr) bool {
	if f, _ := w.packageFunction(e.Fun); f != nil {
		return f.Pkg().Path() == "sync/atomic"
	}
	selector, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	s := w.info.Selections[selector]
	return s != nil && s.Kind() == types.MethodVal && s.Obj().Pkg() != nil && s.Obj().Pkg().Path() == "sync/atomic"
}
