package rewrite

import (
	"go/ast"
	"go/types"
)

// Methods that take a deadline to where the real clock counts, whatever they belong to.
var takesDeadline = map[string]bool{"SetDeadline": true, "SetReadDeadline": true, "SetWriteDeadline": true}

// isDeadlineMethod: one of these with the type `func(time.Time) error`.
func isDeadlineMethod(object types.Object) bool {
	f, ok := object.(*types.Func)
	if !ok || !takesDeadline[f.Name()] {
		return false
	}
	s := f.Signature()
	return s.Recv() != nil && s.Params().Len() == 1 && s.Results().Len() == 1 &&
		isTime(s.Params().At(0).Type()) && s.Results().At(0).Type().String() == "error"
}

func isTime(t types.Type) bool { return types.Unalias(t).String() == "time.Time" }

// deadlineLeaves wraps the argument of a call of such a method.
func (w *walker) deadlineLeaves(e *ast.CallExpr, s *types.Selection) {
	if isDeadlineMethod(s.Obj()) && len(e.Args) == 1 {
		w.wrap(e.Args[0], "__lockstep.Outside(", ")")
	}
}

// leavingValue is the same of the method as a value.
func (w *walker) leavingValue(e *ast.SelectorExpr, s *types.Selection) {
	if isDeadlineMethod(s.Obj()) {
		w.wrap(e, "__lockstep.Leaving(", ")")
	}
}

// deadlineArrives begins such a method of the program: it may be called through an interface.
func (w *walker) deadlineArrives(d *ast.FuncDecl) {
	if !isDeadlineMethod(w.info.Defs[d.Name]) {
		return
	}
	for _, field := range d.Type.Params.List {
		for _, name := range field.Names {
			if name.Name != "_" {
				w.insert(w.offset(d.Body.Lbrace)+1, " "+name.Name+" = __lockstep.Inside("+name.Name+");")
			}
		}
	}
}

// contextDeadline: what package context says of when a context ends is for whoever asks, mostly packages that are not under
// control.
func (w *walker) contextDeadline(s *ast.ReturnStmt) {
	if w.unit.types.Path() == "context" && len(s.Results) > 0 && isTime(w.info.TypeOf(s.Results[0])) {
		w.wrap(s.Results[0], "__lockstep.Outside(", ")")
	}
}
