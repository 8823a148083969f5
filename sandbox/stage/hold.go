package stage

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lowcodex/countersign/evidence/hold"
)

// holdFile is locked by the stage that uses the directory, and says where its pages are.
const holdFile = "in-use"

// hold takes the directory for this process. Without it a second stage with ports of
// its own would play the state of the first one's stand-ins over again before the
// engine's file stopped it.
func (s *Stage) hold() error {
	f, err := hold.Take(filepath.Join(s.cfg.Dir, holdFile))
	var held *hold.Held
	if errors.As(err, &held) {
		open := ":"
		if held.By != "" {
			open = ", at " + held.By + ": open it,"
		}
		return fmt.Errorf("another sandbox runs in %s%s end it first, or start this one in another directory (--dir) on ports of its own (--port and the others, 0 for a free one)",
			s.cfg.Dir, open)
	}
	if err != nil {
		return fmt.Errorf("directory of the sandbox: %w", err)
	}
	s.held = f
	s.stops = append(s.stops, f.Close)
	return nil
}

// sign writes down where the pages are, for whoever meets the lock.
func (s *Stage) sign() error {
	if err := hold.Sign(s.held, s.PagesURL()+"\n"); err != nil {
		return fmt.Errorf("directory of the sandbox: %w", err)
	}
	return nil
}
