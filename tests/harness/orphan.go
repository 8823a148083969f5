package harness

import "os/exec"

// LeaveNoOrphan makes the system end a program with this test process, however it
// ends. It must be called before the program is started.
func LeaveNoOrphan(cmd *exec.Cmd) { cmd.SysProcAttr = dieWithParent() }
