//go:build unix

package launch

import "syscall"

// ofItsOwnSession lets the process lead a group, so that what it starts can be ended with it.
func ofItsOwnSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
