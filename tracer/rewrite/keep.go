package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
)

// keepable: the values of the right side can be kept in variables of their own types and assigned from there.
func (w *walker) keepable(s *ast.AssignStmt) bool {
	for i, left := range s.Lhs {
		if !w.keepableAt(s, i, left) {
			return false
		}
	}
	return true
}

func (w *walker) keepableAt(s *ast.AssignStmt, i int, left ast.Expr) bool {
	blank := identName(left) == "_"
	if len(s.Lhs) != len(s.Rhs) {
		_, call := ast.Unparen(s.Rhs[0]).(*ast.CallExpr)
		return call || i == 0 || blank || isType(w.info.TypeOf(left), types.Bool) // `v, ok =` has an untyped boolean
	}
	value := w.info.Types[s.Rhs[i]]
	if value.Value != nil || value.IsNil() {
		return false
	}
	return !w.untyped(s.Rhs[i]) || !blank && (isType(w.info.TypeOf(left), types.Bool) || isType(w.info.TypeOf(left), types.Int))
}

// keepableKey: the key can be kept in a variable, or is a constant that can be written twice.
func (w *walker) keepableKey(x ast.Expr) bool {
	index := x.(*ast.IndexExpr).Index
	key := w.info.Types[index]
	return key.Value != nil || !key.IsNil() && !w.untyped(index)
}

// untyped: in a variable of its own the value may get another type than where it stands: the result of a comparison,
// or of a shift of a constant.
func (w *walker) untyped(e ast.Expr) bool {
	e = ast.Unparen(e)
	if w.info.Types[e].Value != nil {
		return true
	}
	switch e := e.(type) {
	case *ast.UnaryExpr:
		return e.Op != token.AND && e.Op != token.ARROW && w.untyped(e.X)
	case *ast.BinaryExpr:
		switch e.Op {
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			return true
		case token.SHL, token.SHR:
			return w.untyped(e.X)
		}
		return w.untyped(e.X) && w.untyped(e.Y)
	}
	return false
}

func isType(t types.Type, kind types.BasicKind) bool {
	return t != nil && types.Identical(t, types.Typ[kind])
}
