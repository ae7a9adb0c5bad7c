package lockstep

import (
	"reflect"
	"unsafe"
)

// IterateInside is x, handed to a function that goes through the maps inside of it to which the path leads: `.2` stands
// for a field, `*` for what a pointer points to, `[]` for each element, `?` and the letter of a manner for what is known only
// now.
//
//go:norace
func IterateInside[T any](site uint32, path string, x T) T {
	if watching {
		value := x
		goInside(site, path, reflect.TypeOf(&value).Elem(), unsafe.Pointer(&value))
	}
	return x
}

// IterateInsideAfter is the last argument, of those that wait, of a call that is handed x.
func IterateInsideAfter[T, X any](site uint32, path string, value T, x X) T {
	IterateInside(site, path, x)
	return value
}

// Of an array or a slice so many elements are looked at.
const mostElements = 64

func goInside(site uint32, path string, t reflect.Type, p unsafe.Pointer) {
	for path != "" {
		step := path[0]
		path = path[1:]
		switch step {
		case '.':
			index := 0
			for path != "" && path[0] >= '0' && path[0] <= '9' {
				index, path = index*10+int(path[0]-'0'), path[1:]
			}
			field := t.Field(index)
			t, p = field.Type, unsafe.Add(p, field.Offset)
		case '*':
			t, p = t.Elem(), *(*unsafe.Pointer)(p)
			if p == nil {
				return
			}
		case '[':
			count := 0
			if t.Kind() == reflect.Slice {
				s := *(*[]byte)(p)
				count, p = len(s), unsafe.Pointer(unsafe.SliceData(s))
			} else {
				count = t.Len()
			}
			t, path = t.Elem(), path[len("]"):]
			for i := range min(count, mostElements) {
				goInside(site, path, t, unsafe.Add(p, uintptr(i)*t.Size()))
			}
			return
		case '?':
			goBehind(site, path[0], t, p)
			return
		}
	}
	lookInto(opRead, site, *(*unsafe.Pointer)(p), iterates)
}
