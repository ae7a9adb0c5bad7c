package rewrite

import (
	"go/ast"
	"go/types"
)

// What the runtime has in the place of a function or method of the standard library.
type replaced struct {
	function  string
	operation string
	// bind makes a method value; empty when there is no such form.
	bind string
}

// Methods by package, type and name.
var replacedMethods = map[string]replaced{
	"sync.Mutex.Lock":       {"Lock", "lock", "Bind"},
	"sync.Mutex.Unlock":     {"Unlock", "unlock", "Bind"},
	"sync.Mutex.TryLock":    {"TryLock", "lock", "BindTry"},
	"sync.RWMutex.Lock":     {"RWLock", "lock", "Bind"},
	"sync.RWMutex.Unlock":   {"RWUnlock", "unlock", "Bind"},
	"sync.RWMutex.RLock":    {"RLock", "rlock", "Bind"},
	"sync.RWMutex.RUnlock":  {"RUnlock", "runlock", "Bind"},
	"sync.RWMutex.TryLock":  {"TryRWLock", "lock", "BindTry"},
	"sync.RWMutex.TryRLock": {"TryRLock", "rlock", "BindTry"},
	"sync.WaitGroup.Add":    {"WaitGroupAdd", "wg-add", "Bind1"},
	"sync.WaitGroup.Done":   {"WaitGroupDone", "wg-add", "Bind"},
	"sync.WaitGroup.Wait":   {"WaitGroupWait", "wg-wait", "Bind"},
	"sync.WaitGroup.Go":     {"WaitGroupGo", "go", "Bind1"},
	"sync.Once.Do":          {"OnceDo", "once", "Bind1"},
	"sync.Cond.Wait":        {"CondWait", "cond-wait", "Bind"},
	"sync.Cond.Signal":      {"CondSignal", "cond-signal", "Bind"},
	"sync.Cond.Broadcast":   {"CondBroadcast", "cond-broadcast", "Bind"},
	"time.Timer.Stop":       {"TimerStop", "timer", "BindTry"},
	"time.Timer.Reset":      {"TimerReset", "timer", ""},
	"time.Ticker.Stop":      {"TickerStop", "timer", "Bind"},
	"time.Ticker.Reset":     {"TickerReset", "timer", "Bind1"},
	"testing.T.Run":         {"Run", "child-wait", ""},
	"testing.T.Parallel":    {"Parallel", "parallel", ""},
}

// Not modelled, but worth telling: they block, or hand out what blocks.
var unmodelledMethods = map[string]bool{"sync.RWMutex.RLocker": true}

// A sync.Locker, or another interface with just its methods.
var replacedLocker = map[string]replaced{
	"Lock":   {"LockerLock", "lock", "Bind"},
	"Unlock": {"LockerUnlock", "unlock", "Bind"},
}

// methodKey names a method of a declared type: `sync.Mutex.Lock`.
func methodKey(object types.Object) (string, bool) {
	f, ok := object.(*types.Func)
	if !ok || f.Signature().Recv() == nil || f.Pkg() == nil {
		return "", false
	}
	t := types.Unalias(f.Signature().Recv().Type())
	if pointer, ok := t.(*types.Pointer); ok {
		t = types.Unalias(pointer.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok {
		return "", false
	}
	return f.Pkg().Path() + "." + named.Obj().Name() + "." + f.Name(), true
}

func modelledMethod(object types.Object) *replaced {
	key, _ := methodKey(object)
	if m, ok := replacedMethods[key]; ok {
		return &m
	}
	return nil
}

// An operand is what a method is called on, with the path to the embedded field that has the method.
type operand struct {
	reference string // "&" when the runtime's pointer has to be taken
	path      string // `.Mutex`
	last      types.Type
}

func (w *walker) operandOf(x ast.Expr, s *types.Selection) (operand, bool) {
	o := operand{last: s.Recv()}
	index := s.Index()
	for _, i := range index[:len(index)-1] {
		t := under(o.last)
		if pointer, ok := t.(*types.Pointer); ok {
			t = under(pointer.Elem())
		}
		structure, ok := t.(*types.Struct)
		if !ok {
			return o, false
		}
		field := structure.Field(i)
		if !field.Exported() && (field.Pkg() == nil || field.Pkg().Path() != w.unit.types.Path()) {
			return o, false
		}
		o.path += "." + field.Name()
		o.last = field.Type()
	}
	switch under(o.last).(type) {
	case *types.Pointer, *types.Interface:
	default:
		o.reference = "&"
	}
	_, parameter := types.Unalias(o.last).(*types.TypeParam)
	return o, !parameter
}

// modelled finds the runtime's function for a selected method, and says how to pass what it is called on.
func (w *walker) modelled(e *ast.SelectorExpr, s *types.Selection) (*replaced, operand) {
	m := modelledMethod(s.Obj())
	if m == nil {
		key, _ := methodKey(s.Obj())
		if unmodelledMethods[key] {
			w.leave(e.Pos(), "%s is not modelled", key)
		}
		if l, ok := replacedLocker[s.Obj().Name()]; !ok {
			return nil, operand{}
		} else {
			m = &l
		}
		o, ok := w.operandOf(e.X, s)
		if i, isInterface := under(o.last).(*types.Interface); !ok || !isInterface || i.NumMethods() != 2 || !lockerMethods(i) {
			return nil, operand{}
		}
		return m, o
	}
	o, ok := w.operandOf(e.X, s)
	if !ok {
		w.leave(e.Pos(), "%s is reached through a field that cannot be named here", w.text(e))
		return nil, operand{}
	}
	return m, o
}

func lockerMethods(i *types.Interface) bool {
	for n := 0; n < i.NumMethods(); n++ {
		f := i.Method(n)
		if f.Name() != "Lock" && f.Name() != "Unlock" || f.Signature().Params().Len()+f.Signature().Results().Len() != 0 {
			return false
		}
	}
	return true
}

// methodCall rewrites `x.Lock()`. False when the method is none of ours; nothing is done then.
func (w *walker) methodCall(e *ast.CallExpr, f *ast.SelectorExpr, s *types.Selection) bool {
	if w.atomicMethod(f, s) {
		w.arguments(e)
		return true
	}
	m, o := w.modelled(f, s)
	if m == nil {
		return false
	}
	if s.Obj().(*types.Func).Signature().Params().Len() != len(e.Args) {
		w.leave(e.Pos(), "the arguments of %s come from one call", w.text(f))
		return false
	}
	id := w.site(e.Pos(), m.operation, w.text(f.X))
	w.wrap(e, "__lockstep."+m.function+"("+id+", "+o.reference, "")
	after := w.offset(f.X.End())
	if len(e.Args) > 0 {
		w.replace(after, w.offset(e.Lparen)+1, o.path+", ")
	} else if closing := w.offset(e.Rparen); w.hasNewline(after, closing) {
		w.replace(after, closing, o.path+",")
	} else {
		w.replace(after, closing, o.path)
	}
	w.base(f.X)
	w.arguments(e)
	return true
}

// methodValue rewrites `x.Unlock` that is not called. False when the method is none of ours.
func (w *walker) methodValue(f *ast.SelectorExpr, s *types.Selection) bool {
	if w.atomicMethod(f, s) {
		return true
	}
	m, o := w.modelled(f, s)
	if m == nil {
		return false
	}
	if m.bind == "" {
		w.leave(f.Pos(), "the method value %s is not modelled", w.text(f))
		return false
	}
	id := w.site(f.Pos(), m.operation, w.text(f.X))
	function := m.function
	if _, isInterface := under(o.last).(*types.Interface); isInterface {
		// The type of the operand may be another interface than the parameter's.
		w.leave(f.Pos(), "the method value %s is not modelled", w.text(f))
		return false
	}
	w.wrap(f, "__lockstep."+m.bind+"("+id+", "+o.reference, "")
	w.replaceAround(w.offset(f.X.End()), w.offset(f.End()), constant(o.path+", "), constant("__lockstep."+function+")"))
	w.base(f.X)
	return true
}
