// Package hold keeps a directory to one process at a time, and lets that one say who
// it is to whoever comes second.
package hold

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// Held is the error of whoever comes second.
type Held struct {
	// By is what the holder signed with; empty when it has not signed yet.
	By string
}

func (h *Held) Error() string { return "held by " + h.By }

// Take locks the file at path, which it makes, until the returned file is closed. The
// error is a *Held when another process, or another Take, has it; nothing is waited
// for. The system releases the lock when the process dies, however it dies, so there
// is no stale lock to remove by hand.
func Take(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		by, readErr := io.ReadAll(io.LimitReader(f, 256))
		err = errors.Join(&Held{By: strings.TrimSpace(string(by))}, readErr)
	} else {
		err = fmt.Errorf("lock %s: %w", path, err)
	}
	return nil, errors.Join(err, f.Close())
}

// Sign writes into a file that is held who holds it, in at most 256 bytes.
func Sign(f *os.File, who string) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(who), 0)
	return err
}
