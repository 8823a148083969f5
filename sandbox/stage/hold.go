package stage

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// holdFile is locked by the stage that uses the directory, and says where its pages are.
const holdFile = "in-use"

// hold takes the directory for this process. The system lets go of it when the process
// dies, however it dies, so that nothing is left to be removed by hand. Without it a
// second stage with ports of its own would play the state of the first one's stand-ins
// over again before the engine's file stopped it.
func (s *Stage) hold() error {
	f, err := os.OpenFile(filepath.Join(s.cfg.Dir, holdFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("directory of the sandbox: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		where, readErr := io.ReadAll(io.LimitReader(f, 256))
		err = errors.Join(readErr, f.Close())
		open := ":"
		if at := strings.TrimSpace(string(where)); at != "" {
			open = ", at " + at + ": open it,"
		}
		return errors.Join(fmt.Errorf("another sandbox runs in %s%s end it first, or start this one in another directory (--dir) on ports of its own (--port and the others, 0 for a free one)",
			s.cfg.Dir, open), err)
	}
	s.held = f
	s.stops = append(s.stops, f.Close)
	return nil
}

// sign writes down where the pages are, for whoever meets the lock.
func (s *Stage) sign() error {
	if err := s.held.Truncate(0); err != nil {
		return fmt.Errorf("directory of the sandbox: %w", err)
	}
	if _, err := s.held.WriteAt([]byte(s.PagesURL()+"\n"), 0); err != nil {
		return fmt.Errorf("directory of the sandbox: %w", err)
	}
	return nil
}
