package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Facts over all packages that will be rewritten: which variables and fields are written after their
// declaration, and which locals a function literal captures. A declaration is known by its position,
// which all variants of a package share. Where in doubt something counts as written.
type facts struct {
	written  map[token.Pos]bool
	captured map[token.Pos]bool
	// Element types of slices, and types of maps, that are written somewhere.
	elements map[string]bool
	maps     map[string]bool
}

func newFacts() *facts {
	return &facts{map[token.Pos]bool{}, map[token.Pos]bool{}, map[string]bool{}, map[string]bool{}}
}

func (f *facts) gather(u *unit) {
	for _, file := range u.files {
		g := &gatherer{facts: f, info: u.info, home: map[token.Pos]ast.Node{}}
		g.oldLoops = before(u.info.FileVersions[file.syntax], 22)
		g.walk(file.syntax, nil)
	}
}

type gatherer struct {
	*facts
	info     *types.Info
	home     map[token.Pos]ast.Node // the function that declares a local
	oldLoops bool
}

// walk visits what belongs to one function and descends into literals with them as the function.
func (g *gatherer) walk(root ast.Node, function ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n != root {
				g.walk(n, n)
				return false
			}
		case *ast.FuncLit:
			if n != root {
				g.walk(n, n)
				return false
			}
		case *ast.TypeSwitchStmt:
			if assign, ok := n.Assign.(*ast.AssignStmt); ok {
				g.home[assign.Lhs[0].Pos()] = function
			}
		case *ast.Ident:
			g.ident(n, function)
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE && g.info.Defs[id] != nil {
					continue
				}
				g.write(left)
			}
		case *ast.IncDecStmt:
			g.write(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN || g.oldLoops {
				g.write(n.Key)
				g.write(n.Value)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				g.write(n.X)
			}
		case *ast.SliceExpr:
			if _, array := under(g.info.TypeOf(n.X)).(*types.Array); array {
				g.write(n.X)
			}
		case *ast.SelectorExpr:
			if s := g.info.Selections[n]; s != nil && s.Kind() == types.MethodVal && takesAddress(s) {
				g.write(n.X)
			}
		case *ast.CallExpr:
			if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && len(n.Args) > 0 {
				if b, ok := g.info.Uses[id].(*types.Builtin); ok && (b.Name() == "delete" || b.Name() == "clear") {
					g.writeInto(g.info.TypeOf(n.Args[0]))
				}
			}
		}
		return true
	})
}

func (g *gatherer) ident(id *ast.Ident, function ast.Node) {
	if v, ok := g.info.Defs[id].(*types.Var); ok {
		g.home[v.Pos()] = function
		return
	}
	v, ok := g.info.Uses[id].(*types.Var)
	if !ok || v.IsField() {
		return
	}
	if home, local := g.home[v.Pos()]; local && home != nil && home != function {
		g.captured[v.Pos()] = true
	}
}

// write marks everything that an assignment to e, or a pointer to e, may change.
func (g *gatherer) write(e ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := g.info.Uses[e].(*types.Var)
		if !ok {
			v, ok = g.info.Defs[e].(*types.Var)
		}
		if ok {
			g.written[v.Pos()] = true
		}
	case *ast.SelectorExpr:
		s := g.info.Selections[e]
		if s == nil {
			g.write(e.Sel)
			return
		}
		if v, ok := s.Obj().(*types.Var); ok {
			g.written[v.Origin().Pos()] = true
		}
		if !s.Indirect() {
			g.write(e.X)
		}
	case *ast.IndexExpr:
		t := g.info.TypeOf(e.X)
		g.writeInto(t)
		if _, array := under(t).(*types.Array); array {
			g.write(e.X)
		}
	}
}

func (g *gatherer) writeInto(t types.Type) {
	switch t := under(t).(type) {
	case *types.Slice:
		g.elements[t.Elem().String()] = true
	case *types.Pointer:
		if array, ok := under(t.Elem()).(*types.Array); ok {
			g.elements[array.Elem().String()] = true
		}
	case *types.Map:
		g.maps[t.String()] = true
	}
}

func under(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

// takesAddress: the method wants a pointer and the operand is none, so that Go takes the address of the operand.
func takesAddress(s *types.Selection) bool {
	receiver := s.Obj().(*types.Func).Signature().Recv()
	if receiver == nil {
		return false
	}
	_, wants := receiver.Type().(*types.Pointer)
	_, has := under(s.Recv()).(*types.Pointer)
	return wants && !has
}
