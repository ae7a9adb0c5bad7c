package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
)

// read handles an expression that is evaluated for its value.
func (w *walker) read(e ast.Expr) {
	if e == nil {
		return
	}
	if value := w.info.Types[e]; value.IsType() || value.Value != nil {
		return
	}
	w.cancelRead(e)
	w.readValue(e)
}

// readValue is read of what is called where it stands.
func (w *walker) readValue(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Ident:
		if !w.functionValue(e) {
			w.access(e, "Read", "read")
		}
	case *ast.SelectorExpr:
		w.selector(e)
	case *ast.ParenExpr:
		w.read(e.X)
	case *ast.FuncLit:
		outer, results := w.function, w.results
		w.function = w.names[e]
		w.enter(e, e.Body)
		w.list(e.Body.List)
		w.function, w.results = outer, results
	case *ast.CompositeLit:
		w.literal(e)
	case *ast.CallExpr:
		w.call(e)
	case *ast.StarExpr:
		w.access(e, "Read", "read")
		w.read(e.X)
	case *ast.UnaryExpr:
		switch e.Op {
		case token.ARROW:
			w.receive(e)
		case token.AND:
			w.address(e.X)
		default:
			w.read(e.X)
		}
	case *ast.BinaryExpr:
		w.read(e.X)
		w.read(e.Y)
	case *ast.IndexExpr:
		w.index(e)
	case *ast.IndexListExpr:
		w.instance(e, e.X)
	case *ast.SliceExpr:
		w.base(e.X)
		w.read(e.Low)
		w.read(e.High)
		w.read(e.Max)
	case *ast.TypeAssertExpr:
		w.read(e.X)
	case *ast.KeyValueExpr:
		w.read(e.Value)
	}
}

func (w *walker) index(e *ast.IndexExpr) {
	if w.info.Types[e.Index].IsType() { // f[int]
		w.instance(e, e.X)
		return
	}
	if _, isMap := under(w.info.TypeOf(e.X)).(*types.Map); isMap {
		w.mapAccess(e.X, "ReadMap", "read")
	} else {
		w.access(e, "Read", "read")
	}
	w.base(e.X)
	w.read(e.Index)
}

// instance handles a generic function with its type arguments: those without a site keep them where they stand.
func (w *walker) instance(e, name ast.Expr) {
	f, key := w.packageFunction(name)
	if f == nil {
		return
	}
	if _, renamed := renamedFunctions[key]; renamed {
		w.functionValue(name)
	} else {
		w.functionValue(e)
	}
}

func (w *walker) literal(e *ast.CompositeLit) {
	t := under(w.info.TypeOf(e))
	if pointer, ok := t.(*types.Pointer); ok {
		t = under(pointer.Elem())
	}
	_, keyed := t.(*types.Map)
	for _, element := range e.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if keyed {
				w.entered(pair.Key)
			}
			element = pair.Value
		}
		w.read(element)
	}
}

func (w *walker) selector(e *ast.SelectorExpr) {
	s := w.info.Selections[e]
	switch {
	case s == nil:
		if !w.functionValue(e) {
			w.access(e, "Read", "read")
		}
	case s.Kind() == types.FieldVal:
		w.access(e, "Read", "read")
		w.base(e.X)
	case s.Kind() == types.MethodVal:
		if !w.methodValue(e, s) {
			w.leavingValue(e, s)
			w.cancelHandedOut(e, s.Obj().(*types.Func))
			w.receiver(e.X, s)
		}
	default:
		w.methodExpression(e, s)
	}
}

// copies: the method is one of the operand's own type and takes a value, which holds more than addresses of others.
func (w *walker) copies(s *types.Selection) bool {
	f, ok := s.Obj().(*types.Func)
	if !ok || len(s.Index()) != 1 || f.Signature().Recv() == nil {
		return false
	}
	t := f.Signature().Recv().Type()
	_, isStruct := under(t).(*types.Struct)
	return isStruct && !unshareable(t)
}

// receiver handles the operand of a method: read, unless Go takes its address.
func (w *walker) receiver(x ast.Expr, s *types.Selection) {
	_, parameter := types.Unalias(s.Recv()).(*types.TypeParam)
	if (takesAddress(s) || parameter) && w.info.Types[x].Addressable() {
		w.address(x)
		return
	}
	if pointer, ok := under(w.info.TypeOf(x)).(*types.Pointer); ok && w.memory && w.copies(s) && w.mutable(pointer.Elem()) {
		// The method gets a copy of what the pointer leads to.
		w.wrap(x, "__lockstep.Read("+w.site(x.Pos(), "read", w.text(x))+", ", ")")
	}
	w.read(x)
}

// unwrapped arguments: those of builtins that do not evaluate them, or want a type.
func (w *walker) call(e *ast.CallExpr) {
	if w.info.Types[e.Fun].IsType() {
		w.arguments(e)
		return
	}
	fun := ast.Unparen(e.Fun)
	if id, ok := fun.(*ast.Ident); ok {
		if b, ok := w.info.Uses[id].(*types.Builtin); ok {
			w.builtin(e, b.Name())
			return
		}
	}
	if s, ok := fun.(*ast.SelectorExpr); ok {
		if b, ok := w.info.Uses[s.Sel].(*types.Builtin); ok && b != nil {
			return // package unsafe
		}
		if chosen := w.info.Selections[s]; chosen != nil && chosen.Kind() == types.MethodVal {
			if w.methodCall(e, s, chosen) {
				return
			}
			w.fatal(e)
			w.handed(e)
			w.deadlineLeaves(e, chosen)
			w.cancelHandedOut(s, chosen.Obj().(*types.Func))
			w.receiver(s.X, chosen)
			w.arguments(e)
			return
		}
	}
	if w.cancelCall(e) || w.functionCall(e, fun) {
		return
	}
	w.fatal(e)
	w.handed(e)
	w.read(e.Fun)
	w.arguments(e)
}

func (w *walker) arguments(e *ast.CallExpr) {
	for _, a := range e.Args {
		w.read(a)
	}
}

func (w *walker) builtin(e *ast.CallExpr, name string) {
	switch name {
	case "make":
		w.made(e)
	case "new":
		if !w.info.Types[e.Args[0]].IsType() {
			w.read(e.Args[0])
		}
	case "close":
		w.closed(e)
	case "len", "cap":
		w.length(e, name)
	case "delete", "clear":
		w.mapAccess(e.Args[0], "WriteMap", "write")
		if w.sharedElements(e.Args[0]) {
			w.elements(e.Args[0], "WriteElements", "write", "")
		}
		w.arguments(e)
	case "append":
		w.appended(e)
		w.arguments(e)
	case "copy":
		w.copied(e)
		w.arguments(e)
	default:
		w.arguments(e)
	}
}

func (w *walker) length(e *ast.CallExpr, name string) {
	switch t := w.core(e.Args[0]).(type) {
	case *types.Chan:
		if name == "len" {
			w.channelLength(e)
		} else if t.Elem().String() == "time.Time" {
			w.wrap(e.Args[0], "__lockstep.Cap(", ")")
		}
	case *types.Map:
		w.mapAccess(e.Args[0], "ReadMap", "read")
	case *types.Array:
		w.address(e.Args[0])
		return
	}
	w.read(e.Args[0])
}
