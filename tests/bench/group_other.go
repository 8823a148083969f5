//go:build unix && !linux

package main

import "syscall"

// ownGroup keeps a terminal's interrupt from reaching a started program before
// this one has ended it.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
