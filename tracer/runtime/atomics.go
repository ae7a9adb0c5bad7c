package lockstep

import (
	"sync/atomic"
	"unsafe"
)

// Atomic words of the scheduler. In a race build the detector orders goroutines by what they do with sync/atomic, and
// the scheduler must not order those of the program: this package is then compiled without instrumentation and
// inlining, in which the functions of sync/atomic still become plain instructions, but not the methods of its types.

type word32 struct{ value uint32 }

func (w *word32) Load() uint32       { return atomic.LoadUint32(&w.value) }
func (w *word32) Store(value uint32) { atomic.StoreUint32(&w.value, value) }
func (w *word32) CompareAndSwap(old, value uint32) bool {
	return atomic.CompareAndSwapUint32(&w.value, old, value)
}

func (w *word32) Add(delta uint32) uint32 { return atomic.AddUint32(&w.value, delta) }

// word64 is the address of its own word: 32-bit machines want it aligned, which only sync/atomic's own type is.
type word64 struct{ value atomic.Uint64 }

func (w *word64) word() *uint64           { return (*uint64)(unsafe.Pointer(&w.value)) }
func (w *word64) Load() uint64            { return atomic.LoadUint64(w.word()) }
func (w *word64) Add(delta uint64) uint64 { return atomic.AddUint64(w.word(), delta) }

type flag struct{ word word32 }

func (f *flag) Load() bool { return f.word.Load() != 0 }

func (f *flag) Store(set bool) {
	if set {
		f.word.Store(1)
	} else {
		f.word.Store(0)
	}
}

// Raise sets the flag and says whether it was not set before.
func (f *flag) Raise() bool { return f.word.CompareAndSwap(0, 1) }

type runPointer struct{ to unsafe.Pointer }

func (p *runPointer) Load() *run   { return (*run)(atomic.LoadPointer(&p.to)) }
func (p *runPointer) Store(r *run) { atomic.StorePointer(&p.to, unsafe.Pointer(r)) }

type routinePointer struct{ to unsafe.Pointer }

func (p *routinePointer) Load() *routine   { return (*routine)(atomic.LoadPointer(&p.to)) }
func (p *routinePointer) Store(g *routine) { atomic.StorePointer(&p.to, unsafe.Pointer(g)) }
