package rewrite

import (
	"go/ast"
	"go/types"
	"strconv"
)

// What the runtime has in the place of a function or method of the standard library.
type replaced struct {
	function  string
	operation string
	of        string // the runtime's name of the interface that function takes
	named     bool   // the operation alone does not say what is done: sites show the method too
	never     bool   // has no form as a value
	bound     string // of one that takes no site: the runtime's method value
}

func (m *replaced) expression(w *walker, f *ast.SelectorExpr) string {
	if m.named {
		return w.text(f)
	}
	return w.text(f.X)
}

// Methods by package, type and name.
var replacedMethods = map[string]replaced{
	"sync.Mutex.Lock":           {function: "Lock", operation: "lock"},
	"sync.Mutex.Unlock":         {function: "Unlock", operation: "unlock"},
	"sync.Mutex.TryLock":        {function: "TryLock", operation: "lock"},
	"sync.RWMutex.Lock":         {function: "RWLock", operation: "lock"},
	"sync.RWMutex.Unlock":       {function: "RWUnlock", operation: "unlock"},
	"sync.RWMutex.RLock":        {function: "RLock", operation: "rlock"},
	"sync.RWMutex.RUnlock":      {function: "RUnlock", operation: "runlock"},
	"sync.RWMutex.TryLock":      {function: "TryRWLock", operation: "lock"},
	"sync.RWMutex.TryRLock":     {function: "TryRLock", operation: "rlock"},
	"sync.WaitGroup.Add":        {function: "WaitGroupAdd", operation: "wg-add"},
	"sync.WaitGroup.Done":       {function: "WaitGroupDone", operation: "wg-add"},
	"sync.WaitGroup.Wait":       {function: "WaitGroupWait", operation: "wg-wait"},
	"sync.WaitGroup.Go":         {function: "WaitGroupGo", operation: "go"},
	"sync.Once.Do":              {function: "OnceDo", operation: "once"},
	"sync.Cond.Wait":            {function: "CondWait", operation: "cond-wait"},
	"sync.Cond.Signal":          {function: "CondSignal", operation: "cond-signal"},
	"sync.Cond.Broadcast":       {function: "CondBroadcast", operation: "cond-broadcast"},
	"sync.Map.Load":             {function: "MapLoad", operation: "atomic", named: true},
	"sync.Map.Store":            {function: "MapStore", operation: "atomic", named: true},
	"sync.Map.LoadOrStore":      {function: "MapLoadOrStore", operation: "atomic", named: true},
	"sync.Map.LoadAndDelete":    {function: "MapLoadAndDelete", operation: "atomic", named: true},
	"sync.Map.Delete":           {function: "MapDelete", operation: "atomic", named: true},
	"sync.Map.Swap":             {function: "MapSwap", operation: "atomic", named: true},
	"sync.Map.CompareAndSwap":   {function: "MapCompareAndSwap", operation: "atomic", named: true},
	"sync.Map.CompareAndDelete": {function: "MapCompareAndDelete", operation: "atomic", named: true},
	"sync.Map.Range":            {function: "MapRange", operation: "atomic", named: true},
	"sync.Map.Clear":            {function: "MapClear", operation: "atomic", named: true},
	"sync.Pool.Get":             {function: "PoolGet", operation: "atomic", named: true},
	"sync.Pool.Put":             {function: "PoolPut", operation: "atomic", named: true},
	"time.Timer.Stop":           {function: "TimerStop", operation: "timer"},
	"time.Timer.Reset":          {function: "TimerReset", operation: "timer"},
	"time.Ticker.Stop":          {function: "TickerStop", operation: "timer"},
	"time.Ticker.Reset":         {function: "TickerReset", operation: "timer"},
	"runtime.Cleanup.Stop":      {function: "CleanupStop", operation: "timer"},
	"reflect.Value.Send":        {function: "ReflectSend", operation: "send"},
	"reflect.Value.TrySend":     {function: "ReflectTrySend", operation: "send"},
	"reflect.Value.Recv":        {function: "ReflectRecv", operation: "receive"},
	"reflect.Value.TryRecv":     {function: "ReflectTryRecv", operation: "receive"},
	"reflect.Value.Close":       {function: "ReflectClose", operation: "close"},
	"context.Context.Err":       {function: "ContextErr", operation: "atomic", of: "Cancellable"},
	"context.Context.Deadline":  {function: "ContextDeadline", bound: "DeadlineOf"},
	"testing.T.Run":             {function: "Run", operation: "child-wait", never: true},
	"testing.T.Parallel":        {function: "Parallel", operation: "yield", never: true},
}

// Methods of interfaces behind which a primitive of sync may stand, by name and type.
var interfaceMethods = map[string]replaced{
	"Lock()":          {function: "LockerLock", operation: "lock", of: "Locks"},
	"Unlock()":        {function: "LockerUnlock", operation: "unlock", of: "Unlocks"},
	"TryLock() bool":  {function: "LockerTryLock", operation: "lock", of: "TriesLock"},
	"RLock()":         {function: "LockerRLock", operation: "rlock", of: "ReadLocks"},
	"RUnlock()":       {function: "LockerRUnlock", operation: "runlock", of: "ReadUnlocks"},
	"TryRLock() bool": {function: "LockerTryRLock", operation: "rlock", of: "TriesReadLock"},
	"Add(int)":        {function: "AnyAdd", operation: "wg-add", of: "Adds"},
	"Done()":          {function: "AnyDone", operation: "wg-add", of: "CanBeDone"},
	"Wait()":          {function: "AnyWait", operation: "wg-wait", of: "Waits"},
	"Do(func())":      {function: "AnyDo", operation: "once", of: "Does"},
	"Signal()":        {function: "AnySignal", operation: "cond-signal", of: "Signals"},
	"Broadcast()":     {function: "AnyBroadcast", operation: "cond-broadcast", of: "Broadcasts"},
}

func interfaceMethod(f *types.Func) *replaced {
	receiver := f.Signature().Recv()
	if receiver == nil || !types.IsInterface(receiver.Type()) {
		return nil
	}
	shape := f.Name() + "("
	for i := range f.Signature().Params().Len() {
		shape += f.Signature().Params().At(i).Type().String()
	}
	shape += ")"
	for i := range f.Signature().Results().Len() {
		shape += " " + f.Signature().Results().At(i).Type().String()
	}
	if m, ok := interfaceMethods[shape]; ok && !f.Signature().Variadic() {
		return &m
	}
	return nil
}

// The numbers of parameters and results for which the runtime has a Bind and an At.
var bound = map[string]bool{
	"00": true, "01": true, "10": true, "11": true, "12": true, "13": true, "20": true, "21": true, "22": true, "31": true,
	"02": true,
}

// bindFor names the runtime's Bind for a function of this type by its numbers of parameters and results.
func bindFor(s *types.Signature) (string, bool) {
	name := strconv.Itoa(s.Params().Len()) + strconv.Itoa(s.Results().Len())
	return name, bound[name]
}
