package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// A walker goes through one file in source order and records its edits.
type walker struct {
	*edits
	*unitWork
	file     *parsedFile
	tokens   *token.File
	function string
	results  []result // of the function, as far as they are shared
	memory   bool
	// A call that is deferred: what it does with its arguments it does later.
	postponed *ast.CallExpr
	unasked   *ast.CallExpr // a call whose result is not used
	oldLoops  bool
	// Position comments are possible: the file has no line directives of its own.
	directives bool
	// An expression of each imported package that lost a use, to keep the import alive.
	lost map[string]string
}

// unitWork is what the files of one package share.
type unitWork struct {
	unit         *unit
	info         *types.Info
	facts        *facts
	set          *token.FileSet
	names        map[ast.Node]string
	base         uint32
	adopted      map[string]bool
	within       map[string]bool // packages that are rewritten
	sites        *siteTable
	texts        map[string]string // new text by path
	uncontrolled []Uncontrolled
}

func (w *walker) offset(pos token.Pos) int { return w.tokens.Offset(pos) }

func (w *walker) source(n ast.Node) string {
	return string(w.file.source[w.offset(n.Pos()):w.offset(n.End())])
}

func (w *walker) text(n ast.Node) string { return shortened(w.source(n)) }

func (w *walker) wrap(n ast.Node, open, shut string) {
	w.edits.wrap(w.offset(n.Pos()), w.offset(n.End()), open, shut)
}

// site makes a new site and gives its id as it stands in the source.
func (w *walker) site(pos token.Pos, operation, expression string, cases ...string) string {
	at := w.set.PositionFor(pos, false)
	return w.sites.add(Site{
		File: at.Filename, Line: at.Line, Column: at.Column,
		Operation: operation, Function: w.function, Expression: expression, Cases: cases,
	})
}

// leave reports a place that stays as it is.
func (w *walker) leave(pos token.Pos, reason string, arguments ...any) {
	at := w.set.PositionFor(pos, false)
	w.uncontrolled = append(w.uncontrolled, Uncontrolled{at.Filename, at.Line, at.Column, fmt.Sprintf(reason, arguments...)})
}

func (w *walker) walk() {
	for _, declaration := range w.file.syntax.Decls {
		switch d := declaration.(type) {
		case *ast.GenDecl:
			w.function = "init"
			w.variables(d)
			w.promoted(d)
		case *ast.FuncDecl:
			if d.Body == nil {
				continue
			}
			if delicate(d) {
				w.leave(d.Pos(), "the function has a compiler directive that forbids calls")
				continue
			}
			w.function = w.names[d]
			w.testFunction(d)
			w.deadlineArrives(d)
			w.enter(d, d.Body)
			w.list(d.Body.List)
		}
	}
}

func (w *walker) variables(d *ast.GenDecl) {
	if d.Tok != token.VAR {
		return
	}
	for _, spec := range d.Specs {
		for _, value := range spec.(*ast.ValueSpec).Values {
			w.read(value)
		}
	}
}

// delicate: directives such as go:nosplit, under which the function must not call anything.
func delicate(d *ast.FuncDecl) bool {
	if d.Doc == nil {
		return false
	}
	for _, line := range d.Doc.List {
		switch line.Text {
		case "//go:nosplit", "//go:norace", "//go:systemstack", "//go:nowritebarrier", "//go:nowritebarrierrec":
			return true
		}
	}
	return false
}

func (w *walker) list(statements []ast.Stmt) {
	for _, s := range statements {
		w.statement(s, true)
	}
}

// statement handles a statement; listed says that it stands in a list, where another may follow on its line.
func (w *walker) statement(s ast.Stmt, listed bool) {
	switch s := s.(type) {
	case *ast.ExprStmt:
		w.unasked, _ = ast.Unparen(s.X).(*ast.CallExpr)
		w.read(s.X)
	case *ast.SendStmt:
		w.send(s)
	case *ast.IncDecStmt:
		w.update(s, s.X, s.Tok.String()[:1], nil, s.TokPos, listed)
	case *ast.AssignStmt:
		w.assign(s, listed)
	case *ast.DeclStmt:
		if d, ok := s.Decl.(*ast.GenDecl); ok {
			w.variables(d)
		}
	case *ast.GoStmt:
		w.spawn(s)
	case *ast.DeferStmt:
		w.deferred(s)
	case *ast.ReturnStmt:
		w.returned(s)
	case *ast.LabeledStmt:
		_, loop := s.Stmt.(*ast.RangeStmt)
		w.statement(s.Stmt, listed && !loop) // continue needs the label in front of its loop
	case *ast.BlockStmt:
		w.list(s.List)
	case *ast.IfStmt:
		w.statement(s.Init, false)
		w.read(s.Cond)
		w.list(s.Body.List)
		w.statement(s.Else, false)
	case *ast.SwitchStmt:
		w.statement(s.Init, false)
		w.read(s.Tag)
		w.list(s.Body.List)
	case *ast.TypeSwitchStmt:
		w.statement(s.Init, false)
		switch assign := s.Assign.(type) {
		case *ast.ExprStmt:
			w.read(assign.X)
		case *ast.AssignStmt:
			w.read(assign.Rhs[0])
		}
		w.list(s.Body.List)
	case *ast.CaseClause:
		for _, e := range s.List {
			w.read(e)
		}
		w.list(s.Body)
	case *ast.SelectStmt:
		w.selection(s)
	case *ast.ForStmt:
		w.statement(s.Init, false)
		w.read(s.Cond)
		w.statement(s.Post, false)
		w.list(s.Body.List)
	case *ast.RangeStmt:
		w.ranged(s, listed)
	}
}

func (w *walker) ranged(s *ast.RangeStmt, listed bool) {
	_, overMap := mapOf(w.info.TypeOf(s.X))
	switch w.core(s.X).(type) {
	case *types.Chan:
		w.rangeChannel(s)
	case *types.Array:
		if copiesArray(s) {
			w.read(s.X)
		} else {
			w.address(s.X)
		}
	case *types.Slice:
		w.rangeElements(s, listed)
		w.read(s.X)
	default:
		if overMap {
			w.rangeMap(s)
		} else {
			w.read(s.X)
		}
	}
	if s.Tok == token.ASSIGN {
		w.rangeTargets(s)
	}
	if s.Tok == token.DEFINE && w.oldLoops {
		// One variable for all iterations: the loop writes it each time.
		for _, e := range []ast.Expr{s.Key, s.Value} {
			w.oldVariable(s, e)
		}
	}
	w.list(s.Body.List)
}

// rangeTargets handles variables that a loop assigns to without declaring them.
func (w *walker) rangeTargets(s *ast.RangeStmt) {
	t := w.info.TypeOf(s.X)
	_, channel := channelOf(t)
	_, aMap := mapOf(t)
	if channel || aMap {
		for _, target := range []ast.Expr{s.Key, s.Value} {
			if target != nil {
				w.written(target, "Write")
			}
		}
		return
	}
	for _, target := range []ast.Expr{s.Key, s.Value} {
		if target == nil {
			continue
		}
		w.written(target, "")
		if touch := w.touch(target, "Write", "WriteMap"); touch != "" {
			w.insert(w.offset(s.Body.Lbrace)+1, " "+touch+";")
		}
	}
}

func (w *walker) oldVariable(s *ast.RangeStmt, e ast.Expr) {
	id, ok := e.(*ast.Ident)
	if !ok || !w.memory {
		return
	}
	v, ok := w.info.Defs[id].(*types.Var)
	if ok && w.facts.captured[v.Pos()] && w.facts.written[v.Pos()] && !unshareable(v.Type()) {
		w.insert(w.offset(s.Body.Lbrace)+1, " __lockstep.Write("+w.site(id.Pos(), "write", id.Name)+", &"+id.Name+");")
	}
}
