//go:build unix

package lockstep

import (
	"os"
	"syscall"
	"unsafe"
)

// openMark gives a number in memory that stands in the file also after this process has died. A file that cannot
// be made is not worth more than not to know which run it was.
func openMark(name string) *uint64 {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return new(uint64)
	}
	defer file.Close()
	// Written, not only made so long: on a full disk there would be no memory behind it.
	if _, err := file.Write(make([]byte, 8)); err != nil {
		return new(uint64)
	}
	memory, err := syscall.Mmap(int(file.Fd()), 0, 8, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return new(uint64)
	}
	return (*uint64)(unsafe.Pointer(&memory[0]))
}
