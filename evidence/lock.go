package evidence

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// holdDir takes the directory for this process until the returned file is
// closed. The kernel releases the lock when the process dies, however it dies,
// so there is no stale lock to remove by hand.
func holdDir(dir string) (f *os.File, err error) {
	path := filepath.Join(dir, lockFile)
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("evidence: lock: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
			f = nil
		}
	}()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, readErr := io.ReadAll(io.LimitReader(f, 256))
		if readErr != nil || len(holder) == 0 {
			holder = []byte("a process that has not signed " + lockFile)
		}
		return f, refuse(ErrLocked, "%s is held by %s; stop it, or use the commands that only read", dir, holder)
	}
	if err != nil {
		return f, fmt.Errorf("evidence: lock %s: %w", path, err)
	}
	host, _ := os.Hostname()
	text := fmt.Sprintf("process %d on %s since %s", os.Getpid(), host, time.Now().UTC().Format(time.RFC3339))
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(text), 0)
	}
	if err != nil {
		return f, fmt.Errorf("evidence: lock %s: %w", path, err)
	}
	return f, nil
}
