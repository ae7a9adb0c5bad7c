package rewrite

import (
	"go/ast"
	"go/types"
)

// Functions and methods that end the process, and what the runtime wraps around them.
var fatalFunctions = map[string]string{
	"log.Fatal": "Fatal", "log.Fatalln": "Fatal", "log.Fatalf": "Fatalf",
	"log.Logger.Fatal": "Fatal", "log.Logger.Fatalln": "Fatal", "log.Logger.Fatalf": "Fatalf",
}

// fatal lets the run end before `log.Fatal(…)` ends the process. What is left of the call is rewritten as usual.
func (w *walker) fatal(e *ast.CallExpr) {
	var name *ast.Ident
	switch fun := ast.Unparen(e.Fun).(type) {
	case *ast.Ident:
		name = fun
	case *ast.SelectorExpr:
		name = fun.Sel
	default:
		return
	}
	f, ok := w.info.Uses[name].(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != "log" {
		return
	}
	key, isMethod := methodKey(f)
	if !isMethod {
		key = "log." + f.Name()
	}
	if wrapper, ok := fatalFunctions[key]; ok {
		w.wrap(e.Fun, "__lockstep."+wrapper+"("+w.site(e.Pos(), "exit", "")+", ", ")")
	}
}
