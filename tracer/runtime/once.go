package lockstep

import (
	"sync"
	"unsafe"
)

type onceState struct {
	object  uint32
	running *routine
	waiters []*routine
	end     uint32 // the event at which the function had returned
}

// OnceDo is once.Do(f). Whoever comes while f runs waits in the model; the goroutine that runs f and calls Do again waits for ever.
func OnceDo(site uint32, once *sync.Once, f func()) {
	r, g := active()
	if r == nil {
		on := operand{unsafe.Pointer(once), kindOnce}
		once.Do(func() {
			noted(opOnceBegin, on, site, 0)
			f()
		})
		noted(opOnce, on, site, 0)
		return
	}
	r.point(g, opOnce, site, unsafe.Pointer(once))
	key := unsafe.Pointer(once)
	s := r.onces.get(key)
	if s == nil {
		s = &onceState{object: r.object(key, kindOnce, site), end: none}
		r.onces.put(key, s)
	}
	if s.running == g {
		r.emit(opOnce, phaseBlock, g, s.object, site)
		r.block(g, opOnce, site, nil)
	}
	waited := false
	for s.running != nil {
		if !waited {
			r.emit(opOnce, phaseBlock, g, s.object, site)
		}
		waited = true
		s.waiters = append(s.waiters, g)
		r.block(g, opOnce, site, nil)
	}
	ran := false
	once.Do(func() {
		ran = true
		s.running = g
		r.emit(opOnceBegin, phaseDone, g, s.object, site)
		defer func() {
			r.comeBack(g)
			s.running = nil
			s.end = r.emit(opOnce, phaseDone, g, s.object, site)
			for _, w := range s.waiters {
				r.ready(w)
			}
			s.waiters = nil
		}()
		f()
	})
	if !ran {
		r.took(g, opOnce, waited, s.object, site, s.end)
	}
}
