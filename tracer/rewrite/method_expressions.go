package rewrite

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// methodExpression rewrites `(*sync.Mutex).Lock` or `(*atomic.Int64).Add` that stands for a function: a literal calls
// the runtime's.
func (w *walker) methodExpression(e *ast.SelectorExpr, s *types.Selection) {
	method := s.Obj().(*types.Func)
	m := modelledMethod(method)
	if m == nil {
		m = interfaceMethod(method)
	}
	if m == nil && !isAtomic(method) {
		return
	}
	o, named := w.operandOf(e.X, s)
	signature, spelled := w.spellSignature(method.Signature(), e)
	if !named || !spelled || m != nil && m.never || w.hasNewline(w.offset(e.Pos()), w.offset(e.End())) {
		w.leave(e.Pos(), "the method expression %s is not modelled", w.text(e))
		return
	}
	on := o.reference + "__lockstep_x" + o.path
	call := ""
	if m != nil {
		id := ""
		if m.bound == "" {
			id = w.site(e.Pos(), m.operation, w.text(e)) + ", "
		}
		call = "__lockstep." + m.function + "(" + id + on + signature.passed + ")"
	} else {
		call = atomicAt(method.Name(), true, w.site(e.Pos(), "atomic", w.text(e))) + on + ")." + method.Name() + "(" + signature.arguments() + ")"
	}
	text := "(func(__lockstep_x " + w.source(ast.Unparen(e.X)) + signature.parameters + ") " + signature.results + signature.body(call) + ")"
	w.replace(w.offset(e.Pos()), w.offset(e.End()), text)
}

// A spelling is the signature of a function as text. The lists of parameters, `, __lockstep_0 int`, and of what passes
// them on begin with a comma.
type spelling struct{ parameters, passed, results string }

func (s spelling) declared() string  { return strings.TrimPrefix(s.parameters, ", ") }
func (s spelling) arguments() string { return strings.TrimPrefix(s.passed, ", ") }

// body is that of a function that calls another one of the same results.
func (s spelling) body(call string) string {
	if s.results != "" {
		call = "return " + call
	}
	return "{ " + call + " }"
}

func (w *walker) spellSignature(s *types.Signature, at ast.Node) (spelling, bool) {
	var out spelling
	for i := range s.Params().Len() {
		text, ok := w.spell(s.Params().At(i).Type(), at.Pos())
		if !ok || s.Variadic() {
			return out, false
		}
		out.parameters += fmt.Sprintf(", __lockstep_%d %s", i, text)
		out.passed += fmt.Sprintf(", __lockstep_%d", i)
	}
	var results []string
	for i := range s.Results().Len() {
		text, ok := w.spell(s.Results().At(i).Type(), at.Pos())
		if !ok {
			return out, false
		}
		results = append(results, text)
	}
	if len(results) > 0 {
		out.results = "(" + strings.Join(results, ", ") + ") "
	}
	return out, true
}
