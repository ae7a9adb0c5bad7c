package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"iter"
	"strconv"
	"strings"
)

// A write is recorded, and may be a scheduling point, right before the store, that is behind everything that the right
// side reads, calls or waits for: `x = x + 1` becomes `{ v := x + 1; *Write(&x) = v }`. Recorded in front, the write
// would look unordered with what the right side waits for, and no other goroutine could come between load and store.

func (w *walker) assign(s *ast.AssignStmt, listed bool) {
	switch s.Tok {
	case token.DEFINE:
		w.redeclared(s, listed)
	case token.ASSIGN:
		w.plainAssign(s, listed)
	default:
		w.update(s, s.Lhs[0], strings.TrimSuffix(s.Tok.String(), "="), s.Rhs[0], s.TokPos, listed)
	}
	for _, right := range s.Rhs {
		w.read(right)
	}
}

// recorded: an assignment to e is an access that is recorded.
func (w *walker) recorded(e ast.Expr) bool {
	if index, ok := ast.Unparen(e).(*ast.IndexExpr); ok && w.sharedMap(index.X) {
		return true
	}
	return w.shared(e)
}

func (w *walker) plainAssign(s *ast.AssignStmt, listed bool) {
	recorded := false
	for _, left := range s.Lhs {
		recorded = recorded || w.recorded(left)
	}
	head := w.offset(s.TokPos) + len("=")
	switch {
	case !recorded || !w.steps(s.Rhs...):
		for _, left := range s.Lhs {
			w.written(left, "Write")
		}
	case w.keepable(s) && w.moves(s, head, listed) && w.locatedLater(s.Lhs...):
		var values []string
		pins := w.pin(s.Lhs...)
		for i := range s.Lhs {
			values = append(values, "__lockstep_v"+strconv.Itoa(i))
		}
		for _, left := range s.Lhs {
			w.written(left, "Write")
		}
		list := strings.Join(values, ", ")
		w.block(s, head, listed, pins+list+" :=", func() string {
			var targets []string
			for _, left := range s.Lhs {
				targets = append(targets, w.rendered(left))
			}
			return strings.Join(targets, ", ") + " = " + list
		})
	default:
		w.late(s, "Write", listed)
	}
}

// late records writes behind the right side where it cannot be kept in variables: `x, _ = <-ch, Write(&x)`.
func (w *walker) late(s *ast.AssignStmt, function string, listed bool) {
	var touches []string
	for _, left := range s.Lhs {
		w.written(left, "")
		if touch := w.touch(left, function, "WriteMap"); touch != "" {
			touches = append(touches, touch)
		}
	}
	if s.Tok != token.ASSIGN || len(s.Lhs) != len(s.Rhs) {
		w.after(s, touches, listed)
		return
	}
	for _, touch := range touches {
		w.wrap(s.Lhs[len(s.Lhs)-1], "", ", _")
		w.wrap(s.Rhs[len(s.Rhs)-1], "", ", "+touch)
	}
}

// redeclared records the writes of `x, err := f()` to variables that exist already.
func (w *walker) redeclared(s *ast.AssignStmt, listed bool) {
	for i, left := range s.Lhs {
		id, ok := left.(*ast.Ident)
		if !ok || w.info.Defs[id] != nil || id.Name == "_" || !w.shared(id) {
			continue
		}
		site := w.site(id.Pos(), "write", id.Name)
		if !listed || !w.keepableAt(s, i, left) || w.split(s) {
			w.after(s, []string{"__lockstep.Write(" + site + ", &" + id.Name + ")"}, listed)
			continue
		}
		value := "__lockstep_v" + site
		w.replace(w.offset(id.Pos()), w.offset(id.End()), value)
		w.after(s, []string{w.lines(s, "*__lockstep.Write("+site+", &"+id.Name+") = "+value)}, listed)
	}
}

// update handles `x op= v`: a load and a store with a place between them. v is nil for `x++`.
func (w *walker) update(s ast.Stmt, x ast.Expr, operator string, v ast.Expr, at token.Pos, listed bool) {
	x = ast.Unparen(x)
	if !w.recorded(x) {
		w.written(x, "")
		return
	}
	shift := operator == "<<" || operator == ">>"
	kept := v != nil && w.info.Types[v].Value == nil && (shift || !w.untyped(v) || isType(w.info.TypeOf(x), types.Int))
	head := w.offset(s.End())
	if kept {
		head = w.offset(at) + len(operator) + len("=")
	}
	waits := v != nil && w.waits([]ast.Expr{v})
	index, isIndex := x.(*ast.IndexExpr)
	isMap := isIndex && w.sharedMap(index.X)
	if !kept && waits || isMap && !w.keepableKey(index) || !w.moves(s, head, listed) || !w.locatedLater(x) {
		if assign, ok := s.(*ast.AssignStmt); ok && waits {
			w.late(assign, "Update", listed)
		} else {
			w.written(x, "Update")
		}
		return
	}
	pins := w.pin(x)
	operand := func() string {
		switch {
		case kept:
			return "__lockstep_w"
		case v == nil:
			return "1"
		}
		return "(" + w.rendered(v) + ")"
	}
	before := ""
	if kept {
		before = pins + "__lockstep_w :="
		pins = ""
	}
	if !isMap {
		read, write := w.site(x.Pos(), "read", w.text(x)), w.site(x.Pos(), "write", w.text(x))
		w.written(x, "")
		w.block(s, head, listed, before, func() string {
			return pins + "__lockstep_p := __lockstep.Read(" + read + ", &" + w.rendered(x) + "); __lockstep_v := *__lockstep_p " +
				operator + " " + operand() + "; *__lockstep.Write(" + write + ", __lockstep_p) = __lockstep_v"
		})
		return
	}
	read, write := w.site(x.Pos(), "read", w.text(index.X)), w.site(x.Pos(), "write", w.text(index.X))
	w.written(x, "")
	w.block(s, head, listed, before, func() string {
		key, keep := "__lockstep_k", "; __lockstep_k := "
		if w.info.Types[index.Index].Value != nil {
			key, keep = w.source(index.Index), ""
		} else {
			keep += w.rendered(index.Index)
		}
		return pins + "__lockstep_m := " + w.rendered(index.X) + keep + "; __lockstep_v := __lockstep.ReadMap(" + read + ", __lockstep_m)[" +
			key + "] " + operator + " " + operand() + "; __lockstep.WriteMap(" + write + ", __lockstep_m)[" + key + "] = __lockstep_v"
	})
}

// block turns a statement into several: what stands before head becomes `before`, and behind the statement follows
// what rest gives. Where no block may stand it becomes a function that is called at once.
func (w *walker) block(s ast.Stmt, head int, listed bool, before string, rest func() string) {
	open, shut := "{ ", " }"
	if !listed {
		open, shut = "func() { ", " }()"
	}
	start, end := w.offset(s.Pos()), w.offset(s.End())
	if head == end {
		w.replaceLater(start, end, func() string { return open + rest() + shut })
		return
	}
	w.replace(start, head, open+before)
	w.add(end, closing, start, end, len(w.pieces), func() string { return "; " + w.lines(s, rest()+shut) })
}

// moves: what stands before head can move behind the statement, and the statement into a block.
func (w *walker) moves(s ast.Stmt, head int, listed bool) bool {
	return !w.hasNewline(w.offset(s.Pos()), head) && !w.split(s) && (listed || !recovers(s))
}

// locatedLater: to find the target behind the right side is what Go's compiler does too. It keeps what calls and
// receives give, also len and cap, and loads variables late. What the language demands is less.
func (w *walker) locatedLater(targets ...ast.Expr) bool {
	for _, target := range targets {
		if w.waits([]ast.Expr{target}) {
			return false
		}
		for sub := range subexpressions(target) {
			if w.measures(sub) && !w.isPinned(target) {
				return false
			}
		}
	}
	return true
}

// measures: a call of a builtin function.
func (w *walker) measures(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	return ok && w.info.Types[call.Fun].IsBuiltin() && w.info.Types[call].Value == nil
}

// isPinned: only the index of the outermost element, as in `s[len(s)-1]`, has calls of builtin functions.
func (w *walker) isPinned(target ast.Expr) bool {
	index, ok := ast.Unparen(target).(*ast.IndexExpr)
	if !ok || w.untyped(index.Index) {
		return false
	}
	measured := false
	for sub := range subexpressions(index.Index) {
		measured = measured || w.measures(sub)
	}
	for sub := range subexpressions(index.X) {
		measured = measured && !w.measures(sub)
	}
	return measured
}

// pin gives the statements that keep such indices in front of a block, and lets their names stand in their places.
func (w *walker) pin(targets ...ast.Expr) string {
	text := ""
	for i, target := range targets {
		if w.isPinned(target) {
			index := ast.Unparen(target).(*ast.IndexExpr).Index
			name := "__lockstep_i" + strconv.Itoa(i)
			w.pins[index] = name
			text += name + " := " + w.source(index) + "; "
		}
	}
	return text
}

func subexpressions(root ast.Expr) iter.Seq[ast.Expr] {
	return func(yield func(ast.Expr) bool) {
		more := true
		ast.Inspect(root, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && more {
				more = yield(e)
			}
			return more
		})
	}
}

// split: the statement has several lines, of which no comment may say so.
func (w *walker) split(s ast.Stmt) bool {
	return !w.directives && w.hasNewline(w.offset(s.Pos()), w.offset(s.End()))
}

// lines gives text that stands behind a statement of several lines the position of its first.
func (w *walker) lines(s ast.Stmt, text string) string {
	if !w.hasNewline(w.offset(s.Pos()), w.offset(s.End())) {
		return text
	}
	return w.at(s.Pos()) + text + w.at(s.End())
}

func (w *walker) rendered(e ast.Expr) string { return w.render(w.offset(e.Pos()), w.offset(e.End())) }

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
func (w *walker) keepableKey(index *ast.IndexExpr) bool {
	key := w.info.Types[index.Index]
	return key.Value != nil || !key.IsNil() && !w.untyped(index.Index)
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

// steps: the evaluation may let another goroutine go first, or reads what it may change.
func (w *walker) steps(list ...ast.Expr) bool {
	if w.waits(list) {
		return true
	}
	found := false
	for _, e := range list {
		ast.Inspect(e, func(n ast.Node) bool {
			if _, literal := n.(*ast.FuncLit); literal || found {
				return false
			}
			if e, ok := n.(ast.Expr); ok {
				found = found || w.shared(e) || w.sharedMap(e)
			}
			return !found
		})
	}
	return found
}

// recovers: the statement calls recover, which has to stay in its function.
func recovers(s ast.Stmt) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && identName(ast.Unparen(call.Fun)) == "recover" {
			found = true
		}
		return !found
	})
	return found
}

// after puts calls behind a statement of a list; elsewhere (in the head of an if) there is no room for them.
func (w *walker) after(s ast.Stmt, calls []string, listed bool) {
	for _, call := range calls {
		if listed {
			w.wrap(s, "", "; "+call)
		}
	}
}
