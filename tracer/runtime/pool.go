package lockstep

import (
	"sync"
	"unsafe"
)

// A sync.Pool may drop what it holds at any time. Under control it gives back what this run has put into it, the
// last first, and nothing else: no processor decides. What has been there for two garbage collections of the run is gone, as
// in Go; those that come unasked take nothing out.

type poolState struct {
	items   []*pooled
	victims []*pooled // have been there for one
}

type pooled struct {
	value  any
	object uint32
}

// next takes out what Get gives, nil when there is nothing.
func (s *poolState) next() *pooled {
	for _, list := range []*[]*pooled{&s.items, &s.victims} {
		if last := len(*list) - 1; last >= 0 {
			item := (*list)[last]
			(*list)[last], *list = nil, (*list)[:last]
			return item
		}
	}
	return nil
}

// agePools is what Go does to pools at the beginning of a collection.
func (r *run) agePools() {
	r.pools.all(func(_ unsafe.Pointer, s *poolState) { s.victims, s.items = s.items, nil })
}

// PoolPut is p.Put(value). It happens before the Get that gives value back.
func PoolPut(site uint32, p *sync.Pool, value any) {
	r, g := active()
	if r == nil {
		notePut(site, value)
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
		value := p.Get()
		noteGot(site, value)
		return value
	}
	r.point(g, opAtomic, site, unsafe.Pointer(p))
	var item *pooled
	if s := r.pools.get(unsafe.Pointer(p)); s != nil {
		item = s.next()
	}
	if item == nil {
		if p.New == nil {
			return nil
		}
		return p.New()
	}
	raceAcquire(unsafe.Pointer(item))
	r.setArgument(r.emit(opAtomic, phaseDone, g, item.object, site), atomicLoad)
	r.count(site, countAtOnce)
	return item.value
}

// Recordings leave the values to Go's pool: who gets one is ordered behind whoever has put it there.

// notePut comes before the value can be got.
func notePut(site uint32, value any) {
	if value == nil {
		return
	}
	if r, g := recorder(); r != nil {
		object, known := r.pooled.find(address(value))
		if !known {
			object = r.object(unsafe.Pointer(new(pooled)), kindVariable, site)
			r.pooled.put(address(value), object)
		}
		r.setArgument(r.emit(opAtomic, phaseDone, g, object, site), atomicStore)
		r.count(site, countAtOnce)
		r.guard.unlock()
	}
}

func noteGot(site uint32, value any) {
	if value == nil {
		return
	}
	if r, g := recorder(); r != nil {
		if object, known := r.pooled.find(address(value)); known {
			r.setArgument(r.emit(opAtomic, phaseDone, g, object, site), atomicLoad)
			r.count(site, countAtOnce)
		}
		r.guard.unlock()
	}
}

// address is that of what an interface holds, as a number: the pool may let go of it.
func address(value any) uint64 { return uint64((*[2]uintptr)(unsafe.Pointer(&value))[1]) }
