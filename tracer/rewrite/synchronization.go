package rewrite

import (
	"go/ast"
	"go/types"
)

// methodKey names a method of a declared type: `sync.Mutex.Lock`.
func methodKey(object types.Object) (string, bool) {
	f, ok := object.(*types.Func)
	if !ok || f.Signature().Recv() == nil || f.Pkg() == nil {
		return "", false
	}
	t := types.Unalias(f.Signature().Recv().Type())
	if pointer, ok := t.(*types.Pointer); ok {
		t = types.Unalias(pointer.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok {
		return "", false
	}
	return f.Pkg().Path() + "." + named.Obj().Name() + "." + f.Name(), true
}

func modelledMethod(object types.Object) *replaced {
	key, _ := methodKey(object)
	if m, ok := replacedMethods[key]; ok {
		return &m
	}
	return nil
}

// An operand is what a method is called on, with the path to the embedded field that has the method.
type operand struct {
	reference string // "&" when the runtime's pointer has to be taken
	path      string // `.Mutex`
	last      types.Type
}

func (w *walker) operandOf(x ast.Expr, s *types.Selection) (operand, bool) {
	o := operand{last: s.Recv()}
	index := s.Index()
	for _, i := range index[:len(index)-1] {
		t := under(o.last)
		if pointer, ok := t.(*types.Pointer); ok {
			t = under(pointer.Elem())
		}
		structure, ok := t.(*types.Struct)
		if !ok {
			return o, false
		}
		field := structure.Field(i)
		if !field.Exported() && (field.Pkg() == nil || field.Pkg().Path() != w.unit.types.Path()) {
			return o, false
		}
		o.path += "." + field.Name()
		o.last = field.Type()
	}
	_, pointer := under(o.last).(*types.Pointer)
	switch {
	case types.IsInterface(o.last):
	case takesPointer(s):
		if !pointer {
			o.reference = "&"
		}
	case pointer:
		o.reference = "*"
	}
	return o, true
}

// takesPointer: the method is declared on a pointer.
func takesPointer(s *types.Selection) bool {
	receiver := s.Obj().(*types.Func).Signature().Recv()
	if receiver == nil {
		return false
	}
	_, pointer := types.Unalias(receiver.Type()).(*types.Pointer)
	return pointer
}

// modelled finds the runtime's function for a selected method, and says how to pass what it is called on.
func (w *walker) modelled(e *ast.SelectorExpr, s *types.Selection) (*replaced, operand) {
	m := modelledMethod(s.Obj())
	if m != nil && w.cancels(m) {
		m = &replaced{function: "LockToCancel", operation: m.operation}
	}
	if m == nil {
		m = interfaceMethod(s.Obj().(*types.Func))
	}
	if m == nil {
		return nil, operand{}
	}
	o, ok := w.operandOf(e.X, s)
	if !ok {
		w.leave(e.Pos(), "%s is reached through a field that cannot be named here", w.text(e))
		return nil, operand{}
	}
	return m, o
}

// methodCall rewrites `x.Lock()`. False when the method is none of ours; nothing is done then.
func (w *walker) methodCall(e *ast.CallExpr, f *ast.SelectorExpr, s *types.Selection) bool {
	if w.atomicMethod(e, f, s) {
		w.arguments(e)
		return true
	}
	m, o := w.modelled(f, s)
	if m == nil {
		return false
	}
	if s.Obj().(*types.Func).Signature().Params().Len() != len(e.Args) { // they come from one call
		w.methodValue(f, s)
		w.arguments(e)
		return true
	}
	id := ""
	if m.bound == "" {
		id = w.site(e.Pos(), m.operation, m.expression(w, f)) + ", "
	}
	w.wrap(e, "__lockstep."+m.function+"("+id+o.reference, "")
	after := w.offset(f.X.End())
	if len(e.Args) > 0 {
		w.replace(after, w.offset(e.Lparen)+1, o.path+", ")
	} else if closing := w.offset(e.Rparen); w.hasNewline(after, closing) {
		w.replace(after, closing, o.path+",")
	} else {
		w.replace(after, closing, o.path)
	}
	w.base(f.X)
	w.arguments(e)
	return true
}

// methodValue rewrites `x.Unlock` that is not called. False when the method is none of ours.
func (w *walker) methodValue(f *ast.SelectorExpr, s *types.Selection) bool {
	if isAtomic(s.Obj()) {
		w.atomicMethodValue(f, s)
		return true
	}
	m, o := w.modelled(f, s)
	if m == nil {
		return false
	}
	if m.bound != "" {
		w.wrap(f, "__lockstep."+m.bound+"("+o.reference, "")
		w.replaceAround(w.offset(f.X.End()), w.offset(f.End()), constant(o.path), constant(")"))
		w.base(f.X)
		return true
	}
	bind, known := bindFor(s.Obj().(*types.Func).Signature())
	if !known || m.never {
		w.leave(f.Pos(), "the method value %s is not modelled", w.text(f))
		return false
	}
	id := w.site(f.Pos(), m.operation, m.expression(w, f))
	open, shut := o.reference, ""
	if m.of != "" { // the operand may be of another interface than the parameter
		open, shut = "__lockstep."+m.of+"(", ")"
	}
	w.wrap(f, "__lockstep.Bind"+bind+"("+id+", "+open, "")
	w.replaceAround(w.offset(f.X.End()), w.offset(f.End()), constant(o.path+shut+", "), constant("__lockstep."+m.function+")"))
	w.base(f.X)
	return true
}
