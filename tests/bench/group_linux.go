package main

import "syscall"

// ownGroup keeps a terminal's interrupt from reaching a started program before
// this one has ended it, and has the system kill it if this one dies first.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
