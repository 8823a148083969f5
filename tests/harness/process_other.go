//go:build unix && !linux

package harness

import "syscall"

// dieWithParent has no equivalent here: after a test time-out a started program
// may have to be ended by hand.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
