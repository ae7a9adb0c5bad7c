package rewrite

import (
	"go/ast"
	"iter"
	"strconv"
	"strings"
)

// A target is the left side of an assignment that moves behind the right side. The gc compiler finds it there too: it
// keeps what calls and receives on the left give, also len and cap, and loads variables late. What the language
// demands is less.
type target struct {
	before func() string // statements in front of the right side
	store  func() string // the left side of the store
}

// findable: what has to be kept of the targets can be.
func (w *walker) findable(targets ...ast.Expr) bool {
	for _, x := range targets {
		x = ast.Unparen(x)
		index, isIndex := x.(*ast.IndexExpr)
		switch {
		case !w.keeps(x):
		case isIndex && !w.keeps(index.X) && !w.untyped(index.Index): // its index is kept
		case w.recorded(x) && !w.sharedElement(x): // its address is kept
		case w.sharedElement(x) && w.keepableKey(x): // map and key are kept
		default:
			return false
		}
	}
	return true
}

// keeps: a part of the expression has a value that Go's compiler keeps before it evaluates what comes later.
func (w *walker) keeps(x ast.Expr) bool {
	if w.waits([]ast.Expr{x}) {
		return true
	}
	for e := range subexpressions(x) {
		call, ok := e.(*ast.CallExpr)
		if ok && w.info.Types[call.Fun].IsBuiltin() && w.info.Types[call].Value == nil {
			return true
		}
	}
	return false
}

// sharedElement: x is an element of a map that is recorded.
func (w *walker) sharedElement(x ast.Expr) bool {
	index, ok := x.(*ast.IndexExpr)
	return ok && w.sharedMap(index.X)
}

func (w *walker) target(x ast.Expr, number int) target {
	x = ast.Unparen(x)
	n := strconv.Itoa(number)
	index, isIndex := x.(*ast.IndexExpr)
	switch {
	case !w.keeps(x), isIndex && !w.keeps(index.X):
		pins, found := w.pin(x, number)
		w.written(x, "Write")
		return target{pins, found}
	case !w.sharedElement(x):
		id := w.site(x.Pos(), "write", w.text(x))
		w.written(x, "")
		before := func() string { return "__lockstep_p" + n + " := &" + w.rendered(x) + "; " }
		return target{before, constant("*__lockstep.Write(" + id + ", __lockstep_p" + n + ")")}
	}
	id := w.site(x.Pos(), "write", w.text(index.X))
	w.written(x, "")
	key, keep := "__lockstep_k"+n, func() string { return "__lockstep_k" + n + " := " + w.rendered(index.Index) + "; " }
	if w.info.Types[index.Index].Value != nil {
		key, keep = w.source(index.Index), constant("")
	}
	before := func() string { return "__lockstep_m" + n + " := " + w.rendered(index.X) + "; " + keep() }
	return target{before, constant("__lockstep.WriteMap(" + id + ", __lockstep_m" + n + ")[" + key + "]")}
}

// pin keeps the index of an element whose value may change until it is used: `s[len(s)-1]`. It gives the statement
// that does so, and the element.
func (w *walker) pin(x ast.Expr, number int) (before, found func() string) {
	found = func() string { return w.rendered(x) }
	index, ok := x.(*ast.IndexExpr)
	if !ok || !w.keeps(index.Index) || w.keeps(index.X) {
		return constant(""), found
	}
	name := "__lockstep_i" + strconv.Itoa(number)
	w.replace(w.offset(index.Lbrack), w.offset(index.Rbrack)+1, "["+name+"]")
	return func() string { return name + " := " + w.rendered(index.Index) + "; " }, found
}

func joined(targets []target, separator string, text func(target) string) string {
	var parts []string
	for _, t := range targets {
		parts = append(parts, text(t))
	}
	return strings.Join(parts, separator)
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
