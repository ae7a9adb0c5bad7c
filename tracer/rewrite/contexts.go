package rewrite

import (
	"go/ast"
	"go/types"
)

// cancelCall rewrites a call of a context.CancelFunc or CancelCauseFunc. False when it is none.
func (w *walker) cancelCall(e *ast.CallExpr) bool {
	named, ok := types.Unalias(w.info.TypeOf(e.Fun)).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != "context" {
		return false
	}
	function := ""
	after, closing := w.offset(e.Fun.End()), w.offset(e.Rparen)
	switch named.Obj().Name() {
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
	w.read(e.Fun)
	w.arguments(e)
	return true
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
