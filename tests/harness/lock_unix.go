//go:build unix

package harness

import (
	"fmt"
	"os"
	"syscall"
)

// lockFile waits until no other process holds the lock on the named file, where
// evidence/hold refuses whoever comes second. The system drops a lock whose process
// dies.
func lockFile(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { _ = f.Close() }, nil
}
