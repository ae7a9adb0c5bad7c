package lockstep

import (
	"cmp"
	"reflect"
	"strings"
)

// sortKeys brings keys of maps into an order that does not depend on the process. Keys that have none, such as
// pointers, stay as they are among each other.
func sortKeys(keys []any) {
	sortBy(keys, func(a, b any) int { return compareValues(reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem()) })
}

// sortBy merges sorted halves: slices.SortFunc would be compiled for the race detector to see.
func sortBy(list []any, compare func(a, b any) int) {
	if len(list) < 2 {
		return
	}
	left, right := append([]any(nil), list[:len(list)/2]...), append([]any(nil), list[len(list)/2:]...)
	sortBy(left, compare)
	sortBy(right, compare)
	for i := range list {
		if len(right) == 0 || len(left) > 0 && compare(left[0], right[0]) <= 0 {
			list[i], left = left[0], left[1:]
		} else {
			list[i], right = right[0], right[1:]
		}
	}
}

func compareValues(a, b reflect.Value) int {
	if a.Kind() != b.Kind() {
		return cmp.Compare(a.Kind(), b.Kind())
	}
	switch a.Kind() {
	case reflect.Bool:
		switch {
		case a.Bool() == b.Bool():
			return 0
		case b.Bool():
			return -1
		}
		return 1
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return cmp.Compare(a.Int(), b.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return cmp.Compare(a.Uint(), b.Uint())
	case reflect.Float32, reflect.Float64:
		return cmp.Compare(a.Float(), b.Float())
	case reflect.Complex64, reflect.Complex128:
		return cmp.Or(cmp.Compare(real(a.Complex()), real(b.Complex())), cmp.Compare(imag(a.Complex()), imag(b.Complex())))
	case reflect.String:
		return strings.Compare(a.String(), b.String())
	case reflect.Interface:
		return compareInterfaces(a, b)
	case reflect.Struct:
		for i := range a.NumField() {
			if order := compareValues(a.Field(i), b.Field(i)); order != 0 {
				return order
			}
		}
	case reflect.Array:
		for i := range a.Len() {
			if order := compareValues(a.Index(i), b.Index(i)); order != 0 {
				return order
			}
		}
	}
	return 0
}

func compareInterfaces(a, b reflect.Value) int {
	if a.IsNil() || b.IsNil() {
		return cmp.Compare(truth(b.IsNil()), truth(a.IsNil()))
	}
	a, b = a.Elem(), b.Elem()
	if order := strings.Compare(a.Type().String(), b.Type().String()); order != 0 {
		return order
	}
	return compareValues(a, b)
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
