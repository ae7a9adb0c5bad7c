package rewrite

import (
	"go/ast"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// Named results that a function literal captures are variables which another goroutine may reach: `return v` writes
// them, and when the deferred functions have run they are read to be handed to the caller.

type result struct {
	name    *ast.Ident
	pointer string // what points to it under every name that hides its own
	site    string // the variable that says which statement returned
}

// enter begins a function: its results are read last of all.
func (w *walker) enter(function ast.Node, body *ast.BlockStmt) {
	w.results = nil
	for _, name := range resultNames(function) {
		v, ok := w.info.Defs[name].(*types.Var)
		if ok && w.memory && name.Name != "_" && w.facts.captured[v.Pos()] && w.facts.written[v.Pos()] && !unshareable(v.Type()) {
			id := w.site(name.Pos(), "read", name.Name)
			r := result{name, "__lockstep_r" + id, "__lockstep_s" + id}
			w.results = append(w.results, r)
			w.insert(w.offset(body.Lbrace)+1, " "+r.pointer+", "+r.site+" := &"+name.Name+", __lockstep.Site("+id+
				"); defer __lockstep.Result(&"+r.site+", "+r.pointer+");")
		}
	}
}

// returned records the writes of `return v`, right before it returns, and that it is here where results are read.
func (w *walker) returned(s *ast.ReturnStmt) {
	w.contextDeadline(s)
	var writes []string
	here := ""
	for _, r := range w.results {
		here += r.site + " = " + w.site(s.Pos(), "read", r.name.Name) + "; "
		if len(s.Results) > 0 && !slices.ContainsFunc(s.Results, func(e ast.Expr) bool { return w.same(e, r.name) }) {
			writes = append(writes, "__lockstep.Write("+w.site(s.Pos(), "write", r.name.Name)+", "+r.pointer+"); ")
		}
	}
	if here != "" && (len(writes) == 0 || w.steps(s.Results...) && !w.returnable(s)) {
		w.wrap(s, here, "")
	}
	if len(writes) == 0 {
		for _, e := range s.Results {
			if !slices.ContainsFunc(w.results, func(r result) bool { return w.same(e, r.name) }) {
				w.read(e) // `return err` leaves err as it is
			}
		}
		return
	}
	for _, e := range s.Results {
		w.read(e)
	}
	text := strings.Join(writes, "") + here
	switch {
	case !w.steps(s.Results...):
		w.wrap(s, text, "")
	case w.returnable(s):
		var values []string
		count := len(s.Results)
		if tuple, ok := w.info.TypeOf(s.Results[0]).(*types.Tuple); ok {
			count = tuple.Len()
		}
		for i := range count {
			values = append(values, "__lockstep_v"+strconv.Itoa(i))
		}
		list := strings.Join(values, ", ")
		head := w.offset(s.Pos()) + len("return")
		w.block(s, head, true, constant(list+" :="), func() string { return text + "return " + list })
	}
}

func (w *walker) same(e ast.Expr, name *ast.Ident) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && w.info.Uses[id] == w.info.Defs[name]
}

// returnable: the values can be kept in variables of their own types.
func (w *walker) returnable(s *ast.ReturnStmt) bool {
	return !w.split(s) && !slices.ContainsFunc(s.Results, func(e ast.Expr) bool {
		value := w.info.Types[e]
		return value.IsNil() || value.Value != nil || w.untyped(e)
	})
}
