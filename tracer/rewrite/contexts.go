package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
)

// cancelCall rewrites a call of a context.CancelFunc or CancelCauseFunc. False when it is none.
func (w *walker) cancelCall(e *ast.CallExpr) bool {
	function := ""
	after, closing := w.offset(e.Fun.End()), w.offset(e.Rparen)
	switch ofContext(w.info.TypeOf(e.Fun)) {
	case "CancelFunc":
		function = "Cancel"
		comma := ""
		if w.hasNewline(after, closing) {
			comma = ","
		}
		w.replace(after, closing, comma)
	case "CancelCauseFunc":
		function = "CancelCause"
		w.replace(after, w.offset(e.Lparen)+1, ", ")
	default:
		return false
	}
	w.wrap(e, "__lockstep."+function+"("+w.site(e.Pos(), "atomic", w.text(e.Fun))+", ", "")
	w.readValue(e.Fun)
	w.arguments(e)
	return true
}

// ofContext is the name of a type of package context, "" of any other type.
func ofContext(t types.Type) string {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != "context" {
		return ""
	}
	return named.Obj().Name()
}

// Functions of package context that give one which cancels, and what the runtime wraps around them: what they give may be
// kept, called and handed on as any function.
var givesCancel = map[string]string{
	"context.WithCancel": "Cancels1", "context.WithCancelCause": "CancelsCause",
	"context.WithDeadline": "Cancels2", "context.WithDeadlineCause": "Cancels3",
	"context.WithTimeout": "Cancels2", "context.WithTimeoutCause": "Cancels3",
}

// cancelGiven wraps the name of such a function, called or not. False when it is none.
func (w *walker) cancelGiven(name ast.Expr, key string) bool {
	wrapper, ok := givesCancel[key]
	if ok {
		w.wrap(name, "__lockstep."+wrapper+"("+w.site(name.Pos(), "atomic", w.text(name))+", ", ")")
	}
	return ok
}

// cancelHandedOut wraps the name of a function or method, called or not, of a package that is not rewritten and hands out
// functions that cancel, as signal.NotifyContext does. False when it is none.
func (w *walker) cancelHandedOut(name ast.Expr, f *types.Func) bool {
	if f.Pkg() == nil || w.within[f.Pkg().Path()] || w.unit.types.Path() == "context" || !handsOutCancel(f.Signature()) {
		return false
	}
	if f.Signature().TypeParams().Len() > 0 {
		w.leave(name.Pos(), "what %s hands out cancels a context, and it is generic", w.text(name))
		return false
	}
	w.wrap(name, "__lockstep.HandsOutCancel("+w.site(name.Pos(), "atomic", w.text(name))+", ", ")")
	return true
}

func handsOutCancel(s *types.Signature) bool {
	for result := range s.Results().Variables() {
		if cancelType(result.Type()) {
			return true
		}
	}
	return false
}

func cancelType(t types.Type) bool {
	name := ofContext(t)
	return name == "CancelFunc" || name == "CancelCauseFunc"
}

// cancelRead wraps a function that cancels and is read from where others may have put it, such as a field of what a package
// that is not rewritten gave or a parameter that it passed: as a value it may become a func() that is called elsewhere.
func (w *walker) cancelRead(e ast.Expr) {
	value := w.info.Types[e]
	if value.IsNil() || !cancelType(value.Type) || w.unit.types.Path() == "context" {
		return
	}
	switch e := e.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.StarExpr, *ast.TypeAssertExpr:
	case *ast.UnaryExpr:
		if e.Op != token.ARROW {
			return
		}
	default:
		return
	}
	w.wrap(e, "__lockstep.Keep"+ofContext(value.Type)+"("+w.site(e.Pos(), "atomic", w.text(e))+", ", ")")
}

// cancels: the operation is the lock of package context's own function that cancels.
func (w *walker) cancels(m *replaced) bool {
	return m.function == "Lock" && w.function == "(*cancelCtx).cancel" && w.unit.types.Path() == "context"
}

// asksContext wraps the argument of `context.Cause(ctx)`, and the function in `context.AfterFunc(ctx, f)`: what that gives
// asks whether it comes in time.
func (w *walker) asksContext(e *ast.CallExpr, function string) {
	switch {
	case function == "context.Cause" && len(e.Args) == 1:
		w.wrap(e.Args[0], "__lockstep.Cancelled("+w.site(e.Pos(), "atomic", w.text(e.Args[0]))+", ", ")")
	case function == "context.AfterFunc" && len(e.Args) == 2:
		w.wrap(e.Fun, "__lockstep.Stops("+w.site(e.Pos(), "atomic", w.text(e.Args[0]))+", ", ")")
	}
}
