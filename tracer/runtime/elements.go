package lockstep

import "unsafe"

// Accesses to many elements of a slice.

// WriteElements is an assignment to all elements of a slice.
//
//go:norace
func WriteElements[S ~[]T, T any](site uint32, s S) S {
	elements(opWrite, site, s)
	return s
}

//go:norace
func elements[T any](o operation, site uint32, s []T) {
	if watching {
		touch(o, site, unsafe.Pointer(unsafe.SliceData(s)), uintptr(len(s))*unsafe.Sizeof(*new(T)))
	}
}

// Append stands around the slice that so many values are appended to. With room for them they are written behind its
// end, where another slice may have elements; without, all elements are read.
//
//go:norace
func Append[S ~[]T, T any](site uint32, s S, values int) S {
	if values <= cap(s)-len(s) {
		elements(opWrite, site, s[len(s):len(s)+values])
	} else {
		elements(opRead, site, s)
	}
	return s
}

// Copy is copy between slices.
func Copy[D, S ~[]T, T any](site uint32, to D, from S) int {
	n := min(len(to), len(from))
	elements(opRead, site, from[:n])
	elements(opWrite, site, to[:n])
	return copy(to, from)
}

// ElementLoop is a loop that reads one element of a slice after the other.
type ElementLoop struct {
	site  uint32
	first unsafe.Pointer
	size  uintptr
	next  uintptr
}

// Elements begins a loop over the elements of the slice that is given to Over.
//
//go:norace
func Elements(site uint32) ElementLoop { return ElementLoop{site: site} }

// Over stands around the slice.
//
//go:norace
func Over[S ~[]T, T any](l *ElementLoop, s S) S {
	l.first, l.size = unsafe.Pointer(unsafe.SliceData(s)), unsafe.Sizeof(*new(T))
	return s
}

// Next is the read of the next element.
//
//go:norace
func (l *ElementLoop) Next() {
	if watching {
		touch(opRead, l.site, unsafe.Add(l.first, l.next), l.size)
	}
	l.next += l.size
}
