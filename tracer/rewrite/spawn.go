package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
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
		w.wrap(call.Fun, "", ")"+method)
	} else {
		w.wrap(s, "", "; __lockstep.Spawned("+id+")")
		w.wrap(call.Fun, "__lockstep.GoFunc("+id+", ", ")")
	}
	w.instantiate(call.Fun, instance)
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

// spawnBuiltin: `go close(ch)` starts a literal that calls the builtin, with the types of the arguments written out.
func (w *walker) spawnBuiltin(s *ast.GoStmt, name string) {
	var declared, passed []string
	ok := len(s.Call.Args) <= spawnArguments && s.Call.Ellipsis == token.NoPos
	for i, a := range s.Call.Args {
		t := types.Default(w.info.TypeOf(a))
		if name == "panic" {
			t = types.NewInterfaceType(nil, nil)
		}
		spelled, can := w.spell(t, s.Pos())
		ok = ok && can
		declared = append(declared, fmt.Sprintf("__lockstep_%d %s", i, spelled))
		passed = append(passed, fmt.Sprintf("__lockstep_%d", i))
	}
	if !ok {
		w.leave(s.Go, "the built-in function %s is started as a goroutine", name)
		w.arguments(s.Call)
		return
	}
	started, called := w.site(s.Go, "go", name), w.source(s.Call.Fun)+"("
	if name == "close" && w.channel(s.Call.Args[0]) {
		called = "__lockstep.Close(" + w.site(s.Call.Pos(), "close", w.text(s.Call.Args[0])) + ", "
	}
	w.replace(w.offset(s.Go), w.offset(s.Call.Lparen)+1, fmt.Sprintf("__lockstep.Go%d(%s, func(%s) { %s%s) }).Call(",
		len(passed), started, strings.Join(declared, ", "), called, strings.Join(passed, ", ")))
	w.arguments(s.Call)
}

// inferred gives the type arguments that Go inferred for a generic function, as text to put behind its name or
// behind the arguments that are written there: passed as a value the function would lose them. False when they
// cannot be spelled.
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
	var list []string
	for i := explicit; i < instance.TypeArgs.Len(); i++ {
		text, ok := w.spell(instance.TypeArgs.At(i), fun.Pos())
		if !ok {
			return "", false
		}
		list = append(list, text)
	}
	if explicit > 0 {
		return ", " + strings.Join(list, ", "), true
	}
	return "[" + strings.Join(list, ", ") + "]", true
}

// instantiate adds inferred type arguments to a function that is passed as a value.
func (w *walker) instantiate(fun ast.Expr, arguments string) {
	if arguments == "" {
		return
	}
	if strings.HasPrefix(arguments, ",") {
		w.insert(w.offset(ast.Unparen(fun).End())-len("]"), arguments)
	} else {
		w.wrap(fun, "", arguments)
	}
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

// deferred: an atomic operation would be recorded when the defer statement runs, so that a literal is deferred.
func (w *walker) deferred(s *ast.DeferStmt) {
	if f, _ := w.packageFunction(s.Call.Fun); f != nil && isAtomic(f) || w.isAtomicMethod(s.Call.Fun) {
		w.read(s.Call.Fun)
		w.arguments(s.Call)
		return
	}
	w.postponed = s.Call
	w.read(s.Call)
}

func (w *walker) isAtomicMethod(fun ast.Expr) bool {
	selector, ok := ast.Unparen(fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	s := w.info.Selections[selector]
	return s != nil && s.Kind() == types.MethodVal && isAtomic(s.Obj())
}
