package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
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
	// Types that are written through a pointer as a whole.
	whole map[string]bool
	// Element types of slices that are appended to without taking the place of what they were.
	forked map[string]bool
	// Struct types that another one embeds beside methods of the same names as their promoted ones; see promoted.go.
	crowded map[token.Pos]bool
}

func newFacts() *facts {
	return &facts{map[token.Pos]bool{}, map[token.Pos]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[token.Pos]bool{}}
}

func (f *facts) gather(u *unit) {
	for _, file := range u.files {
		g := &gatherer{facts: f, info: u.info, home: map[token.Pos]ast.Node{}, spawned: map[*ast.CallExpr]bool{},
			growing: map[*ast.CallExpr]bool{}, atOnce: map[*ast.FuncLit]bool{}, steps: map[ast.Stmt]bool{}}
		g.oldLoops = before(u.info.FileVersions[file.syntax], 22)
		g.walk(file.syntax, nil)
	}
}

type gatherer struct {
	*facts
	info     *types.Info
	home     map[token.Pos]ast.Node // the function that declares a local
	spawned  map[*ast.CallExpr]bool
	growing  map[*ast.CallExpr]bool
	atOnce   map[*ast.FuncLit]bool // the function that contains it calls it, or waits for its calls
	steps    map[ast.Stmt]bool     // change a loop's variable before an iteration gets its own copy
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
			if n != root && !g.atOnce[n] {
				g.walk(n, n)
				return false
			}
		case *ast.StructType:
			g.crowd(n)
		case *ast.GoStmt:
			g.spawned[n.Call] = true
		case *ast.ForStmt:
			g.loop(n)
		case *ast.ReturnStmt:
			for _, name := range resultNames(function) {
				if len(n.Results) > 0 {
					g.write(name)
				}
			}
		case *ast.TypeSwitchStmt:
			if assign, ok := n.Assign.(*ast.AssignStmt); ok {
				g.home[assign.Lhs[0].Pos()] = function
			}
		case *ast.Ident:
			g.ident(n, function)
		case *ast.AssignStmt:
			if g.steps[n] {
				return true
			}
			g.replaced(n)
			for _, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE && g.info.Defs[id] != nil {
					continue
				}
				g.write(left)
			}
		case *ast.IncDecStmt:
			if !g.steps[n] {
				g.write(n.X)
			}
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
			g.calls(n)
			g.writeInto(changedMap(g.info, n))
			g.appended(n)
			if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && len(n.Args) > 0 {
				if b, ok := g.info.Uses[id].(*types.Builtin); ok && (b.Name() == "delete" || b.Name() == "clear" || b.Name() == "copy") {
					g.writeInto(g.info.TypeOf(n.Args[0]))
				}
			}
		}
		return true
	})
}

// Packages whose functions call those they are given before they return, and no goroutine.
var callsBack = map[string]bool{
	"bytes": true, "maps": true, "path/filepath": true, "slices": true, "sort": true, "strings": true,
}

// calls notes the function literals that run as part of the function that contains them, and so share nothing.
func (g *gatherer) calls(call *ast.CallExpr) {
	if g.spawned[call] {
		return
	}
	if literal, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		g.atOnce[literal] = true
	}
	selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return
	}
	if f, ok := g.info.Uses[selector.Sel].(*types.Func); !ok || f.Pkg() == nil || !callsBack[f.Pkg().Path()] {
		return
	}
	for _, argument := range call.Args {
		if literal, ok := argument.(*ast.FuncLit); ok {
			g.atOnce[literal] = true
		}
	}
}

// replaced notes `s = append(s, …)`: what s was is gone, so that nobody else appends behind it.
func (g *gatherer) replaced(s *ast.AssignStmt) {
	for i, right := range s.Rhs {
		call, ok := ast.Unparen(right).(*ast.CallExpr)
		if ok && len(s.Lhs) == len(s.Rhs) && len(call.Args) > 0 && types.ExprString(s.Lhs[i]) == types.ExprString(call.Args[0]) {
			g.growing[call] = true
		}
	}
}

// appended: two slices may share the room behind their last elements, and both be appended to.
func (g *gatherer) appended(call *ast.CallExpr) {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || g.growing[call] || len(call.Args) < 2 {
		return
	}
	if b, ok := g.info.Uses[id].(*types.Builtin); !ok || b.Name() != "append" {
		return
	}
	switch ast.Unparen(call.Args[0]).(type) {
	case *ast.CallExpr, *ast.CompositeLit: // `append([]T(nil), …)`: nobody else has it
		return
	}
	if s, ok := under(g.info.TypeOf(call.Args[0])).(*types.Slice); ok {
		g.forked[s.Elem().String()] = true
	}
}

// loop: from Go 1.22 on each iteration has variables of its own, which `i++` changes before anybody can have them.
func (g *gatherer) loop(s *ast.ForStmt) {
	init, ok := s.Init.(*ast.AssignStmt)
	if !ok || init.Tok != token.DEFINE || g.oldLoops {
		return
	}
	own := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return ok && slices.ContainsFunc(init.Lhs, func(left ast.Expr) bool {
			v := g.info.Defs[left.(*ast.Ident)]
			return v != nil && v == g.info.Uses[id]
		})
	}
	switch post := s.Post.(type) {
	case *ast.IncDecStmt:
		g.steps[post] = own(post.X)
	case *ast.AssignStmt:
		g.steps[post] = !slices.ContainsFunc(post.Lhs, func(left ast.Expr) bool { return !own(left) })
	}
}

// resultNames lists the named results of a function.
func resultNames(function ast.Node) []*ast.Ident {
	var t *ast.FuncType
	switch f := function.(type) {
	case *ast.FuncDecl:
		t = f.Type
	case *ast.FuncLit:
		t = f.Type
	}
	if t == nil || t.Results == nil {
		return nil
	}
	var names []*ast.Ident
	for _, field := range t.Results.List {
		names = append(names, field.Names...)
	}
	return names
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
	case *ast.StarExpr:
		g.whole[g.info.TypeOf(e).String()] = true
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
