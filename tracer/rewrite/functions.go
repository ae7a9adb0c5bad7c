package rewrite

import (
	"go/ast"
	"go/types"
	"strings"
)

// Functions by package and name.
var replacedFunctions = map[string]replaced{
	"time.Sleep":      {function: "Sleep", operation: "sleep"},
	"time.After":      {function: "After", operation: "timer"},
	"time.Tick":       {function: "Tick", operation: "timer"},
	"time.NewTimer":   {function: "NewTimer", operation: "timer"},
	"time.NewTicker":  {function: "NewTicker", operation: "timer"},
	"time.AfterFunc":  {function: "AfterFunc", operation: "timer"},
	"runtime.Gosched": {function: "Gosched", operation: "yield"},
	"runtime.GC":      {function: "GC", operation: "yield"},

	"runtime/debug.FreeOSMemory": {function: "FreeOSMemory", operation: "yield"},
	"runtime.SetFinalizer":       {function: "SetFinalizer", operation: "timer"},
	"runtime.AddCleanup":         {function: "AddCleanup", operation: "timer"},

	"sync.OnceFunc":   {function: "OnceFunc", operation: "once"},
	"sync.OnceValue":  {function: "OnceValue", operation: "once"},
	"sync.OnceValues": {function: "OnceValues", operation: "once"},
	"reflect.Select":  {function: "ReflectSelect", operation: "select"},
	"os.Exit":         {function: "Exit", operation: "exit"},
	"maps.All":        {function: "MapAll", operation: "read"},
	"maps.Keys":       {function: "MapKeys", operation: "read"},
	"maps.Values":     {function: "MapValues", operation: "read"},
}

// Functions without a site, which have the same type as the runtime's.
var renamedFunctions = map[string]string{
	"time.Now":           "Now",
	"time.Since":         "Since",
	"time.Until":         "Until",
	"runtime.GOMAXPROCS": "GOMAXPROCS",
	"iter.Pull":          "Pull",
	"iter.Pull2":         "Pull2",
	"math/rand.Read":     "RandomRead",
	"math/rand.Seed":     "RandomSeed",
	"math/rand/v2.N":     "RandomN",
}

// The functions of the global generators are methods of the runtime's.
func init() {
	for _, name := range strings.Fields("ExpFloat64 Float32 Float64 Int Int31 Int31n Int63 Int63n Intn NormFloat64 Perm Shuffle Uint32 Uint64") {
		renamedFunctions["math/rand."+name] = "Random." + name
	}
	for _, name := range strings.Fields("ExpFloat64 Float32 Float64 Int Int32 Int32N Int64 Int64N IntN NormFloat64 Perm Shuffle Uint Uint32 Uint32N Uint64 Uint64N UintN") {
		renamedFunctions["math/rand/v2."+name] = "RandomV2." + name
	}
}

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
	case *ast.IndexListExpr:
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
	if isAtomic(f) {
		w.atomicFunction(e, f)
		return true
	}
	w.asksContext(e, key)
	m, ok := replacedFunctions[key]
	if !ok {
		return false
	}
	if f.Signature().Params().Len() != len(e.Args) { // they come from one call
		w.functionValue(fun)
		w.arguments(e)
		return true
	}
	operand := ""
	if len(e.Args) > 0 {
		operand = w.text(e.Args[0])
	}
	id := "0"
	if m.operation != "read" || w.sharedMap(e.Args[0]) {
		id = w.site(e.Pos(), m.operation, operand)
	}
	text := "__lockstep." + m.function + w.typeArguments(fun) + "(" + id
	if len(e.Args) > 0 {
		text += ", "
	} else if w.hasNewline(w.offset(e.Pos()), w.offset(e.Lparen)) {
		text += ","
	}
	w.replace(w.offset(e.Pos()), w.offset(e.Lparen)+1, text)
	w.loses(f, fun)
	w.arguments(e)
	return true
}

// typeArguments are those written behind the name of a function, with their brackets.
func (w *walker) typeArguments(fun ast.Expr) string {
	var name ast.Expr
	switch f := ast.Unparen(fun).(type) {
	case *ast.IndexExpr:
		name = f.X
	case *ast.IndexListExpr:
		name = f.X
	default:
		return ""
	}
	start, end := w.offset(name.End()), w.offset(ast.Unparen(fun).End())
	if w.hasNewline(start, end) {
		return "" // Go infers them
	}
	return string(w.file.source[start:end])
}

// loses notes that the file may have lost its last use of the package of f.
func (w *walker) loses(f *types.Func, fun ast.Expr) {
	instance := ""
	for parameter := range f.Signature().TypeParams().TypeParams() {
		argument := "int"
		if _, ok := mapOf(parameter); ok {
			argument = "map[int]int"
		}
		instance += ", " + argument
	}
	if instance != "" {
		instance = "[" + instance[len(", "):] + "]"
	}
	fun = ast.Unparen(fun)
	switch generic := fun.(type) {
	case *ast.IndexExpr:
		fun = generic.X
	case *ast.IndexListExpr:
		fun = generic.X
	}
	w.lost[f.Pkg().Path()] = w.source(fun) + instance
}

// functionValue rewrites the name of a function that is not called, or called without a site.
func (w *walker) functionValue(e ast.Expr) bool {
	f, key := w.packageFunction(e)
	if f == nil {
		return false
	}
	if isAtomic(f) {
		w.atomicFunctionValue(e, f)
		return true
	}
	if w.cancelGiven(e, key) || w.cancelHandedOut(e, f) {
		return true
	}
	start, end := w.offset(e.Pos()), w.offset(e.End())
	if w.hasNewline(start, end) {
		return false
	}
	if name, ok := renamedFunctions[key]; ok {
		w.replace(start, end, "__lockstep."+name)
		w.loses(f, e)
		return true
	}
	m, ok := replacedFunctions[key]
	if !ok {
		return false
	}
	inferred, spelled := w.inferred(e)
	instance := w.typeArguments(e)
	if more, partial := strings.CutPrefix(inferred, ","); partial {
		instance = strings.TrimSuffix(instance, "]") + "," + more + "]"
	} else {
		instance += inferred
	}
	bind, known := bindFor(f.Signature())
	if !spelled || !known {
		w.leave(e.Pos(), "%s is used as a value", key)
		return true
	}
	w.replace(start, end, "__lockstep.At"+bind+"("+w.site(e.Pos(), m.operation, "")+", __lockstep."+m.function+instance+")")
	w.loses(f, e)
	return true
}
