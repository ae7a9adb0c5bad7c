package lockstep

import (
	"runtime"
	"strconv"
	"unsafe"
)

// Parking and identity use symbols that the Go runtime marks as linkable ("hall of shame"), so no linker
// flag and no patched runtime is needed. Offsets inside the runtime's structures are found at start by
// looking for known values, not assumed.

//go:linkname gopark runtime.gopark
func gopark(unlock func(gp, lock unsafe.Pointer) bool, lock unsafe.Pointer, reason, traceReason uint8, skip int)

//go:linkname goready runtime.goready
func goready(gp unsafe.Pointer, skip int)

//go:linkname getm runtime.getm
func getm() unsafe.Pointer // a uintptr there: m is never moved

//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

const (
	reasonZero   = 0 // runtime.waitReasonZero
	scannedWords = 64
)

var (
	currentOffset uintptr // of m.curg
	numberOffset  uintptr // of g.goid
)

// currentGoroutine gives the runtime's g of the calling goroutine in about 3 ns.
//
//go:norace
//go:nosplit
func currentGoroutine() unsafe.Pointer {
	procPin()
	gp := *(*unsafe.Pointer)(unsafe.Add(getm(), currentOffset))
	procUnpin()
	return gp
}

// goroutineNumber is the number that stack dumps print.
//
//go:norace
func goroutineNumber(gp unsafe.Pointer) uint64 {
	return *(*uint64)(unsafe.Add(gp, numberOffset))
}

// onOwnStack: the caller's goroutine has p on its stack, where nobody else can use it. Only a program that hides pointers
// from escape analysis, as fast maps do with their keys, hands such a variable to us; kept anywhere, the pointer would
// be a bad one for the garbage collector as soon as the stack moves. The bounds of the stack are the first words of a g.
//
//go:norace
func onOwnStack(p unsafe.Pointer) bool {
	bounds := (*[2]uintptr)(currentGoroutine())
	return bounds[0] <= uintptr(p) && uintptr(p) < bounds[1]
}

//go:norace
func tellGoroutine(gp, out unsafe.Pointer) bool {
	*(*unsafe.Pointer)(out) = gp
	return false // go on at once
}

// parkedGoroutine asks gopark who is calling: slow, but needs no offset.
func parkedGoroutine() unsafe.Pointer {
	holder := new(unsafe.Pointer)
	gopark(tellGoroutine, unsafe.Pointer(holder), reasonZero, 0, 1)
	return *holder
}

// wordsEqual lists the word offsets below limit at which base holds value.
func wordsEqual(base unsafe.Pointer, limit uintptr, value uintptr) map[uintptr]bool {
	found := make(map[uintptr]bool)
	for offset := uintptr(0); offset < limit; offset += unsafe.Sizeof(value) {
		if *(*uintptr)(unsafe.Add(base, offset)) == value {
			found[offset] = true
		}
	}
	return found
}

func stackNumber() uint64 {
	var buffer [64]byte
	text := string(buffer[len("goroutine "):runtime.Stack(buffer[:], false)])
	for i := range len(text) {
		if text[i] == ' ' {
			number, _ := strconv.ParseUint(text[:i], 10, 64)
			return number
		}
	}
	return 0
}

// findOffsets looks for m.curg and g.goid from several goroutines and keeps what fits all of them.
func findOffsets() bool {
	var currents, numbers map[uintptr]bool
	keep := func(all, found map[uintptr]bool) map[uintptr]bool {
		if all == nil {
			return found
		}
		for offset := range all {
			if !found[offset] {
				delete(all, offset)
			}
		}
		return all
	}
	for range 8 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			gp := parkedGoroutine()
			procPin()
			m := getm()
			found := wordsEqual(m, scannedWords*8, uintptr(gp))
			procUnpin()
			currents = keep(currents, found)
			numbers = keep(numbers, wordsEqual(gp, scannedWords*4, uintptr(stackNumber())))
		}()
		<-done
	}
	if len(currents) == 0 || len(numbers) == 0 {
		return false
	}
	currentOffset, numberOffset = smallest(currents), smallest(numbers)
	return currentGoroutine() == parkedGoroutine()
}

func smallest(offsets map[uintptr]bool) uintptr {
	best := ^uintptr(0)
	for offset := range offsets {
		best = min(best, offset)
	}
	return best
}
