package harness

import "syscall"

// dieWithParent makes the system kill a started program when the test process
// ends without its cleanups, as it does at a time-out.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
