package lockstep

import (
	"cmp"
	"slices"
	"unsafe"
)

// place says where a variable lies among those that share memory with it: a field and its struct, an element and
// the slice that is copied. region is the index of the object that begins first; -1 when there is no other.
type place struct{ region, offset int }

// places lays out the variables of the run. Addresses differ from process to process; what this gives does not.
func (r *run) places() []place {
	addresses := make([]uintptr, len(r.records))
	generations := make([]uintptr, len(r.records))
	variables := make([]int, 0, len(r.records))
	r.shared.all(func(address uintptr, g generation, object uint32) {
		addresses[object], generations[object] = address, uintptr(unsafe.Pointer(g.word()))
		variables = append(variables, int(object))
	})
	slices.SortFunc(variables, func(a, b int) int {
		return cmp.Or(cmp.Compare(generations[a], generations[b]), cmp.Compare(addresses[a], addresses[b]))
	})
	places := make([]place, len(r.records))
	for i := range places {
		places[i].region = -1
	}
	for first := 0; first < len(variables); {
		start, end := addresses[variables[first]], uintptr(0)
		last := first
		for ; last < len(variables); last++ {
			address := addresses[variables[last]]
			if last > first && (address >= end || generations[variables[last]] != generations[variables[first]]) {
				break
			}
			end = max(end, address+uintptr(r.records[variables[last]].size))
		}
		if last > first+1 {
			for _, object := range variables[first:last] {
				places[object] = place{variables[first], int(addresses[object] - start)}
			}
		}
		first = last
	}
	return places
}
