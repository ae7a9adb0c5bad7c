package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// atomicWrapper is the runtime's function for an operation of this name: loads order and race differently, a store
// rests on nothing that was there before, and of additions that nobody asks for the sum of it does not matter which came
// first.
func atomicWrapper(name string, asked bool) string {
	switch {
	case strings.HasPrefix(name, "Add") && !asked:
		return "__lockstep.AtomicCount"
	case strings.HasPrefix(name, "Load"):
		return "__lockstep.AtomicLoad"
	case strings.HasPrefix(name, "Store"):
		return "__lockstep.AtomicStore"
	}
	return "__lockstep.Atomic"
}

// atomicAt is how a call of it begins, before the address.
func atomicAt(name string, asked bool, id string) string {
	return atomicWrapper(name, asked) + "(" + id + ", "
}

// atomicFunction wraps the address that a function of sync/atomic works on.
func (w *walker) atomicFunction(e *ast.CallExpr, f *types.Func) {
	if len(e.Args) > 0 {
		if _, several := w.info.TypeOf(e.Args[0]).(*types.Tuple); !several {
			id := w.site(e.Pos(), "atomic", w.text(e.Args[0]))
			if address := w.simpleSource(e.Args[0]); !w.atomicAfter(f.Name(), e.Args[1:], id, address) {
				w.wrap(e.Args[0], atomicAt(f.Name(), e != w.unasked, id), ")")
			}
		}
	}
	w.arguments(e)
}

func isAtomic(object types.Object) bool {
	return object.Pkg() != nil && object.Pkg().Path() == "sync/atomic"
}

// atomicMethod wraps what a method of an atomic type is called on. False when it is none.
func (w *walker) atomicMethod(e *ast.CallExpr, f *ast.SelectorExpr, s *types.Selection) bool {
	if !isAtomic(s.Obj()) {
		return false
	}
	o, ok := w.operandOf(f.X, s)
	if !ok {
		w.leave(f.Pos(), "%s is reached through a field that cannot be named here", w.text(f))
		return false
	}
	id := w.site(f.Pos(), "atomic", w.text(f.X))
	address := w.simpleSource(f.X)
	if address != "" {
		address = o.reference + address + o.path
	}
	if !w.atomicAfter(s.Obj().Name(), e.Args, id, address) {
		w.wrap(f.X, atomicAt(s.Obj().Name(), e != w.unasked, id)+o.reference, o.path+")")
	}
	w.base(f.X)
	return true
}

// simpleSource is the text of an operand that can be evaluated twice, else empty.
func (w *walker) simpleSource(e ast.Expr) string {
	operand := ast.Unparen(e)
	if reference, ok := operand.(*ast.UnaryExpr); ok && reference.Op == token.AND {
		operand = reference.X
	}
	if !simple(operand) || w.hasNewline(w.offset(e.Pos()), w.offset(e.End())) {
		return ""
	}
	return w.source(e)
}

// atomicAfter: where an argument waits for others, the operation comes behind it, and so must its scheduling point.
func (w *walker) atomicAfter(name string, arguments []ast.Expr, id, address string) bool {
	last := w.lastThatWaits(arguments)
	if last == nil || address == "" {
		return false
	}
	w.wrap(last, atomicWrapper(name, true)+"After("+id+", ", ", "+address+")")
	return true
}

// atomicMethodValue turns `x.Add` that is not called into a literal: the operation is where that is called.
func (w *walker) atomicMethodValue(f *ast.SelectorExpr, s *types.Selection) {
	o, named := w.operandOf(f.X, s)
	method := s.Obj().(*types.Func)
	receiver, spelled := w.spell(method.Signature().Recv().Type(), f.Pos())
	if pointer, ok := types.Unalias(o.last).(*types.Pointer); ok {
		receiver, spelled = w.spell(pointer, f.Pos())
	} else if o.last != nil {
		receiver, spelled = w.spell(types.NewPointer(o.last), f.Pos())
	}
	if named && !spelled && w.atomicBound(f, s, o) {
		return
	}
	literal, ok := w.atomicLiteral(method, s.Type().(*types.Signature), f, "")
	if !named || !spelled || !ok {
		w.leave(f.Pos(), "the method value %s is not modelled", w.text(f))
		w.receiver(f.X, s)
		return
	}
	w.wrap(f, "func(__lockstep_x "+receiver+") "+literal.header+" { return "+literal.text+" }("+o.reference, "")
	w.replaceAround(w.offset(f.X.End()), w.offset(f.End()), constant(o.path), constant(")"))
	w.base(f.X)
}

// atomicBound is the same where the file has no name for the type of x, so that x stands there twice.
func (w *walker) atomicBound(f *ast.SelectorExpr, s *types.Selection, o operand) bool {
	address := w.simpleSource(f.X)
	if address == "" {
		return false
	}
	signature := s.Type().(*types.Signature)
	form := "__lockstep.AtomicBound" + strconv.Itoa(signature.Params().Len()) + strconv.Itoa(signature.Results().Len())
	id := w.site(f.Pos(), "atomic", w.text(f))
	w.wrap(f, form+"("+id+", "+o.reference+address+o.path+", ", ")")
	w.base(f.X)
	return true
}

// atomicFunctionValue is the same for a function of sync/atomic, or a method expression.
func (w *walker) atomicFunctionValue(e ast.Expr, f *types.Func) {
	literal, ok := w.atomicLiteral(f, f.Signature(), e, w.source(e))
	if !ok || w.hasNewline(w.offset(e.Pos()), w.offset(e.End())) {
		w.leave(e.Pos(), "%s is not modelled as a value", w.text(e))
		return
	}
	w.replace(w.offset(e.Pos()), w.offset(e.End()), "("+literal.text+")")
}

// A literal is a function as text, with its type.
type literal struct{ header, text string }

// atomicLiteral calls method on __lockstep_x, or the function that is named on its first parameter.
func (w *walker) atomicLiteral(f *types.Func, s *types.Signature, at ast.Expr, function string) (literal, bool) {
	signature, ok := w.spellSignature(s, at)
	if !ok {
		return literal{}, false
	}
	wrapper := atomicAt(f.Name(), true, w.site(at.Pos(), "atomic", w.text(at)))
	call := wrapper + "__lockstep_x)." + f.Name() + "(" + signature.arguments() + ")"
	if function != "" {
		call = function + "(" + wrapper + "__lockstep_0)" + strings.TrimPrefix(signature.passed, ", __lockstep_0") + ")"
	}
	header := "func(" + signature.declared() + ") " + signature.results
	return literal{header, header + signature.body(call)}, true
}
