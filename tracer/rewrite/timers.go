package rewrite

import (
	"go/ast"
	"go/types"
	"strings"
)

// Functions by package and name.
var replacedFunctions = map[string]replaced{
	"time.Sleep":      {"Sleep", "sleep", ""},
	"time.After":      {"After", "timer", ""},
	"time.Tick":       {"Tick", "timer", ""},
	"time.NewTimer":   {"NewTimer", "timer", ""},
	"time.NewTicker":  {"NewTicker", "timer", ""},
	"time.AfterFunc":  {"AfterFunc", "timer", ""},
	"runtime.Gosched": {"Gosched", "yield", ""},
}

// Functions without a site, which have the same type as the runtime's.
var renamedFunctions = map[string]string{
	"time.Now":           "Now",
	"time.Since":         "Since",
	"time.Until":         "Until",
	"runtime.GOMAXPROCS": "GOMAXPROCS",
}

// The replaced functions as values; Q stands for the package's name with its dot.
var functionValues = map[string]string{
	"time.Sleep":      "func(d Qduration) { __lockstep.Sleep(S, d) }",
	"time.After":      "func(d Qduration) <-chan Qtime { return __lockstep.After(S, d) }",
	"time.Tick":       "func(d Qduration) <-chan Qtime { return __lockstep.Tick(S, d) }",
	"time.NewTimer":   "func(d Qduration) *Qtimer { return __lockstep.NewTimer(S, d) }",
	"time.NewTicker":  "func(d Qduration) *Qticker { return __lockstep.NewTicker(S, d) }",
	"time.AfterFunc":  "func(d Qduration, f func()) *Qtimer { return __lockstep.AfterFunc(S, d, f) }",
	"runtime.Gosched": "func() { __lockstep.Gosched(S) }",
}

var unmodelledFunctions = map[string]bool{"sync.OnceFunc": true, "sync.OnceValue": true, "sync.OnceValues": true}

// packageFunction gives the package and name of a function of another package, however it is imported.
func (w *walker) packageFunction(e ast.Expr) (*types.Func, string) {
	var name *ast.Ident
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		name = e
	case *ast.SelectorExpr:
		name = e.Sel
	case *ast.IndexExpr:
		return w.packageFunction(e.X)
	default:
		return nil, ""
	}
	f, ok := w.info.Uses[name].(*types.Func)
	if !ok || f.Pkg() == nil || f.Signature().Recv() != nil || f.Pkg().Path() == w.unit.types.Path() {
		return nil, ""
	}
	return f, f.Pkg().Path() + "." + f.Name()
}

// functionCall rewrites calls such as `time.Sleep(d)`. False when it did nothing.
func (w *walker) functionCall(e *ast.CallExpr, fun ast.Expr) bool {
	f, key := w.packageFunction(fun)
	if f == nil {
		return false
	}
	if f.Pkg().Path() == "sync/atomic" {
		w.atomicFunction(e)
		return true
	}
	m, ok := replacedFunctions[key]
	if !ok {
		if unmodelledFunctions[key] {
			w.leave(e.Pos(), "%s is not modelled", key)
		}
		return false
	}
	if f.Signature().Params().Len() != len(e.Args) {
		w.leave(e.Pos(), "the arguments of %s come from one call", key)
		w.arguments(e)
		return true
	}
	operand := ""
	if len(e.Args) > 0 {
		operand = w.text(e.Args[0])
	}
	text := "__lockstep." + m.function + "(" + w.site(e.Pos(), m.operation, operand)
	if len(e.Args) > 0 {
		text += ", "
	} else if w.hasNewline(w.offset(e.Pos()), w.offset(e.Lparen)) {
		text += ","
	}
	w.replace(w.offset(e.Pos()), w.offset(e.Lparen)+1, text)
	w.lost[f.Pkg().Path()] = w.source(fun)
	w.arguments(e)
	return true
}

// functionValue rewrites the name of a function that is not called, or called without a site.
func (w *walker) functionValue(e ast.Expr) bool {
	f, key := w.packageFunction(e)
	if f == nil {
		return false
	}
	start, end := w.offset(e.Pos()), w.offset(e.End())
	if w.hasNewline(start, end) {
		return false
	}
	if name, ok := renamedFunctions[key]; ok {
		w.replace(start, end, "__lockstep."+name)
		w.lost[f.Pkg().Path()] = w.source(e)
		return true
	}
	text, ok := functionValues[key]
	if !ok {
		return false
	}
	selector, ok := e.(*ast.SelectorExpr)
	if !ok {
		w.leave(e.Pos(), "%s is used as a value through a dot import", key)
		return false
	}
	qualifier := w.source(selector.X) + "."
	text = strings.NewReplacer("Qduration", qualifier+"Duration", "Qtimer", qualifier+"Timer", "Qticker", qualifier+"Ticker",
		"Qtime", qualifier+"Time", "S,", w.site(e.Pos(), replacedFunctions[key].operation, "")+",").Replace(text)
	text = strings.Replace(text, "(S)", "("+w.site(e.Pos(), "yield", "")+")", 1)
	w.replace(start, end, text)
	w.lost[f.Pkg().Path()] = w.source(e)
	return true
}
