package evidence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lowcodex/countersign/evidence/hold"
)

// holdDir takes the directory for this process until the returned file is
// closed: one log, one writer.
func holdDir(dir string) (*os.File, error) {
	f, err := hold.Take(filepath.Join(dir, lockFile))
	var held *hold.Held
	if errors.As(err, &held) {
		by := held.By
		if by == "" {
			by = "a process that has not signed " + lockFile
		}
		return nil, refuse(ErrLocked, "%s is held by %s; stop it, or use the commands that only read", dir, by)
	}
	if err != nil {
		return nil, fmt.Errorf("evidence: lock: %w", err)
	}
	host, _ := os.Hostname()
	err = hold.Sign(f, fmt.Sprintf("process %d on %s since %s", os.Getpid(), host, time.Now().UTC().Format(time.RFC3339)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("evidence: lock: %w", err), f.Close())
	}
	return f, nil
}
