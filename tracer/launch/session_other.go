//go:build !unix

package launch

import "syscall"

func ofItsOwnSession() *syscall.SysProcAttr { return nil }
