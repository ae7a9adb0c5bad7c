package rewrite

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// methodExpression rewrites `(*sync.Mutex).Lock` that stands for a function: a literal calls the runtime's.
func (w *walker) methodExpression(e *ast.SelectorExpr, s *types.Selection) {
	if isAtomic(s.Obj()) {
		w.atomicExpression(e, s)
		return
	}
	m := modelledMethod(s.Obj())
	if m == nil {
		m = interfaceMethod(s.Obj().(*types.Func))
	}
	if m == nil {
		return
	}
	signature := s.Obj().(*types.Func).Signature()
	o, named := w.operandOf(e.X, s)
	parameters, passed, spelled := w.spellParameters(signature, e)
	results, known := w.spellResults(signature, e)
	if !named || !spelled || !known || m.never || w.hasNewline(w.offset(e.Pos()), w.offset(e.End())) {
		w.leave(e.Pos(), "the method expression %s is not modelled", w.text(e))
		return
	}
	receiver := w.source(ast.Unparen(e.X))
	id := w.site(e.Pos(), m.operation, w.text(e))
	give := ""
	if results != "" {
		give = "return "
	}
	text := fmt.Sprintf("func(__lockstep_x %s%s) %s{ %s__lockstep.%s(%s, %s__lockstep_x%s%s) }",
		receiver, parameters, results, give, m.function, id, o.reference, o.path, passed)
	w.replace(w.offset(e.Pos()), w.offset(e.End()), "("+text+")")
}

// atomicExpression rewrites `(*atomic.Int64).Add`.
func (w *walker) atomicExpression(e *ast.SelectorExpr, s *types.Selection) {
	method := s.Obj().(*types.Func)
	o, named := w.operandOf(e.X, s)
	parameters, passed, spelled := w.spellParameters(method.Signature(), e)
	results, known := w.spellResults(method.Signature(), e)
	if !named || !spelled || !known || w.hasNewline(w.offset(e.Pos()), w.offset(e.End())) {
		w.leave(e.Pos(), "the method expression %s is not modelled", w.text(e))
		return
	}
	give := ""
	if results != "" {
		give = "return "
	}
	text := fmt.Sprintf("func(__lockstep_x %s%s) %s{ %s%s%s, %s__lockstep_x%s).%s(%s) }", w.source(ast.Unparen(e.X)), parameters, results,
		give, atomicWrapper(method.Name()), w.site(e.Pos(), "atomic", w.text(e)), o.reference, o.path, method.Name(), strings.TrimPrefix(passed, ", "))
	w.replace(w.offset(e.Pos()), w.offset(e.End()), "("+text+")")
}

func (w *walker) spellParameters(s *types.Signature, at ast.Node) (declared, passed string, ok bool) {
	for i := range s.Params().Len() {
		spelled, ok := w.spell(s.Params().At(i).Type(), at.Pos())
		if !ok || s.Variadic() {
			return "", "", false
		}
		declared += fmt.Sprintf(", __lockstep_%d %s", i, spelled)
		passed += fmt.Sprintf(", __lockstep_%d", i)
	}
	return declared, passed, true
}

func (w *walker) spellResults(s *types.Signature, at ast.Node) (string, bool) {
	var list []string
	for i := range s.Results().Len() {
		spelled, ok := w.spell(s.Results().At(i).Type(), at.Pos())
		if !ok {
			return "", false
		}
		list = append(list, spelled)
	}
	if len(list) == 0 {
		return "", true
	}
	return "(" + strings.Join(list, ", ") + ") ", true
}
