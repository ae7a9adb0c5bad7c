package lockstep

import (
	"sync"
	"unsafe"
)

// A sync.Pool may drop what it holds at any time. Under control it gives back what this run has put into it, the
// last first, and nothing else: neither the processor nor the garbage collector decides.

type poolState struct{ items []*pooled }

type pooled struct {
	value  any
	object uint32
}

// PoolPut is p.Put(value). It happens before the Get that gives value back.
func PoolPut(site uint32, p *sync.Pool, value any) {
	r, g := active()
	if r == nil {
		p.Put(value)
		return
	}
	if value == nil {
		return
	}
	r.point(g, opAtomic, site, unsafe.Pointer(p))
	item := &pooled{value: value}
	raceRelease(unsafe.Pointer(item))
	item.object = r.object(unsafe.Pointer(item), kindVariable, site)
	s := r.pools.get(unsafe.Pointer(p))
	if s == nil {
		s = &poolState{}
		r.pools.put(unsafe.Pointer(p), s)
	}
	s.items = append(s.items, item)
	r.setArgument(r.emit(opAtomic, phaseDone, g, item.object, site), atomicStore)
	r.count(site, countAtOnce)
}

// PoolGet is p.Get().
func PoolGet(site uint32, p *sync.Pool) any {
	r, g := active()
	if r == nil {
		return p.Get()
	}
	r.point(g, opAtomic, site, unsafe.Pointer(p))
	s := r.pools.get(unsafe.Pointer(p))
	if s == nil || len(s.items) == 0 {
		if p.New == nil {
			return nil
		}
		return p.New()
	}
	item := s.items[len(s.items)-1]
	s.items[len(s.items)-1], s.items = nil, s.items[:len(s.items)-1]
	raceAcquire(unsafe.Pointer(item))
	r.setArgument(r.emit(opAtomic, phaseDone, g, item.object, site), atomicLoad)
	r.count(site, countAtOnce)
	return item.value
}
