package rewrite

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// Go0 … Go5 of the runtime.
const spawnArguments = 5

func (w *walker) spawn(s *ast.GoStmt) {
	call := s.Call
	signature, ok := under(w.info.TypeOf(call.Fun)).(*types.Signature)
	if id, isName := ast.Unparen(call.Fun).(*ast.Ident); isName {
		if b, isBuiltin := w.info.Uses[id].(*types.Builtin); isBuiltin {
			w.spawnBuiltin(s, b.Name())
			return
		}
	}
	instance, spelled := w.inferred(call.Fun)
	if !ok || !spelled {
		w.leave(s.Go, "the type of the function that is started cannot be written down here")
		w.read(call)
		return
	}
	id := w.site(s.Go, "go", w.started(call.Fun))
	if n := signature.Params().Len(); n <= spawnArguments && !signature.Variadic() && signature.Results().Len() == 0 {
		at := w.offset(s.Go)
		w.replace(at, at+len("go"), fmt.Sprintf("__lockstep.Go%d(%s, ", n, id))
		method := ".Call"
		if w.hasNewline(w.offset(call.Fun.Pos()), w.offset(call.Fun.End())) {
			// Stacks show a call where its parenthesis opens; a goroutine is created at its go statement.
			method = w.at(s.Go) + method
			w.insert(w.offset(call.Lparen)+1, w.at(call.Lparen+1))
		}
		w.wrap(call.Fun, "", instance+")"+method)
	} else {
		w.wrap(s, "", "; __lockstep.Spawned("+id+")")
		w.wrap(call.Fun, "__lockstep.GoFunc("+id+", ", instance+")")
	}
	w.read(call.Fun)
	w.arguments(call)
}

// started names the function that a go statement starts: a literal by the name that stacks give it.
func (w *walker) started(fun ast.Expr) string {
	if name := w.names[ast.Unparen(fun)]; name != "" {
		return name
	}
	return w.text(fun)
}

// spawnBuiltin: `go close(ch)` starts the runtime's own function with the type argument written out.
func (w *walker) spawnBuiltin(s *ast.GoStmt, name string) {
	if name == "close" && w.channel(s.Call.Args[0]) {
		element := under(w.info.TypeOf(s.Call.Args[0])).(*types.Chan).Elem()
		if spelled, ok := w.spell(element, s.Pos()); ok {
			started := w.site(s.Go, "go", "close")
			closed := w.site(s.Call.Pos(), "close", w.text(s.Call.Args[0]))
			w.replace(w.offset(s.Go), w.offset(s.Call.Lparen)+1,
				fmt.Sprintf("__lockstep.Go2(%s, __lockstep.Close[%s]).Call(%s, ", started, spelled, closed))
			w.read(s.Call.Args[0])
			return
		}
	}
	w.leave(s.Go, "the built-in function %s is started as a goroutine", name)
	w.arguments(s.Call)
}

// inferred gives the type arguments that Go inferred for a call of a generic function, as text to put
// behind its name: passed as a value the function would lose them. False when they cannot be spelled.
func (w *walker) inferred(fun ast.Expr) (string, bool) {
	var name *ast.Ident
	explicit := 0
	switch f := ast.Unparen(fun).(type) {
	case *ast.Ident:
		name = f
	case *ast.SelectorExpr:
		name = f.Sel
	case *ast.IndexExpr:
		name, explicit = genericName(f.X), 1
	case *ast.IndexListExpr:
		name, explicit = genericName(f.X), len(f.Indices)
	}
	if name == nil {
		return "", true
	}
	instance, ok := w.info.Instances[name]
	if !ok || explicit == instance.TypeArgs.Len() {
		return "", true
	}
	if explicit > 0 {
		return "", false
	}
	var list []string
	for i := 0; i < instance.TypeArgs.Len(); i++ {
		text, ok := w.spell(instance.TypeArgs.At(i), fun.Pos())
		if !ok {
			return "", false
		}
		list = append(list, text)
	}
	return "[" + strings.Join(list, ", ") + "]", true
}

func genericName(e ast.Expr) *ast.Ident {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	}
	return nil
}

// deferred: an atomic operation would be recorded when the defer statement runs, so it moves into a function.
func (w *walker) deferred(s *ast.DeferStmt) {
	if w.atomicCall(s.Call) {
		for _, a := range s.Call.Args {
			if reference, ok := ast.Unparen(a).(*ast.UnaryExpr); ok && simple(reference.X) {
				continue
			}
			if w.info.Types[a].Value == nil {
				return
			}
		}
		if f, ok := ast.Unparen(s.Call.Fun).(*ast.SelectorExpr); !ok || !simple(f.X) {
			return
		}
		w.wrap(s.Call, "func() { ", " }()")
	}
	w.read(s.Call)
}
