package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
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
	case w.keepable(s) && w.moves(s, head, listed) && w.findable(s.Lhs...):
		var targets []target
		var values []string
		for i, left := range s.Lhs {
			targets = append(targets, w.target(left, i))
			values = append(values, "__lockstep_v"+strconv.Itoa(i))
		}
		list := strings.Join(values, ", ")
		before := func() string { return joined(targets, "", func(t target) string { return t.before() }) + list + " :=" }
		w.block(s, head, listed, before, func() string {
			return joined(targets, ", ", func(t target) string { return t.store() }) + " = " + list
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
	if !kept && waits || !w.moves(s, head, listed) || !w.findable(x) || w.sharedElement(x) && !w.keepableKey(x) {
		if assign, ok := s.(*ast.AssignStmt); ok && waits {
			w.late(assign, "Update", listed)
		} else {
			w.written(x, "Update")
		}
		return
	}
	before, load, store := w.place(x)
	if kept {
		w.block(s, head, listed, func() string { return before() + "__lockstep_w :=" }, func() string {
			return load() + " " + operator + " __lockstep_w; " + store() + " = __lockstep_v"
		})
		return
	}
	w.block(s, head, listed, nil, func() string {
		operand := "1"
		if v != nil {
			operand = "(" + w.rendered(v) + ")"
		}
		return before() + load() + " " + operator + " " + operand + "; " + store() + " = __lockstep_v"
	})
}

// place gives, for an update of x, what stands before everything else, the load, and the left side of the store.
func (w *walker) place(x ast.Expr) (before, load, store func() string) {
	early := w.waits([]ast.Expr{x})
	find := func(text func() string) (func() string, func() string) {
		if early {
			return text, constant("")
		}
		return constant(""), text
	}
	if !w.sharedElement(x) {
		read, write := w.site(x.Pos(), "read", w.text(x)), w.site(x.Pos(), "write", w.text(x))
		pins, found := w.pin(x, 0)
		w.written(x, "")
		before, late := find(func() string { return pins() + "__lockstep_p := &" + found() + "; " })
		load = func() string {
			return late() + "__lockstep_v := *__lockstep.Read(" + read + ", __lockstep_p)"
		}
		return before, load, constant("*__lockstep.Write(" + write + ", __lockstep_p)")
	}
	index := x.(*ast.IndexExpr)
	read, write := w.site(x.Pos(), "read", w.text(index.X)), w.site(x.Pos(), "write", w.text(index.X))
	w.written(x, "")
	key, keep := "__lockstep_k", func() string { return "__lockstep_k := " + w.rendered(index.Index) + "; " }
	if w.info.Types[index.Index].Value != nil {
		key, keep = w.source(index.Index), constant("")
	}
	before, late := find(func() string { return "__lockstep_m := " + w.rendered(index.X) + "; " + keep() })
	load = func() string {
		return late() + "__lockstep_v := __lockstep.ReadMap(" + read + ", __lockstep_m)[" + key + "]"
	}
	return before, load, constant("__lockstep.WriteMap(" + write + ", __lockstep_m)[" + key + "]")
}

// block turns a statement into several: what stands before head becomes `before`, and behind the statement follows
// what rest gives. Where no block may stand it becomes a function that is called at once.
func (w *walker) block(s ast.Stmt, head int, listed bool, before, rest func() string) {
	open, shut := "{ ", " }"
	if !listed {
		open, shut = "func() { ", " }()"
	}
	start, end := w.offset(s.Pos()), w.offset(s.End())
	if head == end {
		w.replaceLater(start, end, func() string { return open + rest() + shut })
		return
	}
	w.replaceLater(start, head, func() string { return open + before() })
	w.add(end, closing, start, end, len(w.pieces), func() string { return "; " + w.lines(s, rest()+shut) })
}

// moves: what stands before head can move behind the statement, and the statement into a block.
func (w *walker) moves(s ast.Stmt, head int, listed bool) bool {
	return !w.hasNewline(w.offset(s.Pos()), head) && !w.split(s) && (listed || !recovers(s))
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
