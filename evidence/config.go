package evidence

import (
	"cmp"
	"log/slog"
	"strings"
	"time"
)

// Config says where the log lives and how it paces itself. The zero value of
// every field but Dir is usable.
type Config struct {
	// Dir is the evidence directory; it is created when it does not exist.
	Dir string
	// Origin names the log in its checkpoints (C2SP tlog-checkpoint). It is
	// fixed at first start. Default "countersign/evidence".
	Origin string
	// Logger receives operators' messages. Default: discard.
	Logger *slog.Logger
	// BatchSize is the most records written with one sync, 1 to 256. Default 256.
	BatchSize int
	// BatchAge is the longest that a batch waits to become as large as the one
	// before it. A lone caller never waits. Default 5 ms.
	BatchAge time.Duration
	// CheckpointInterval is how often a signed checkpoint is published while
	// the log grows; at least 10 ms. Default 1 s.
	CheckpointInterval time.Duration
	// AnchorDirs are folders, outside this host where possible, that receive
	// copies of checkpoints. Each must exist once the log has records, because a
	// missing one would hide that the log was rolled back.
	AnchorDirs []string
	// AnchorInterval is the cadence of anchoring; at least CheckpointInterval. Default 1 min.
	AnchorInterval time.Duration
	// Now is the clock of Record.Recorded. Default time.Now.
	Now func() time.Time
	// Observer is told about steps of the commit protocol; for tests.
	Observer Observer
}

// Observer has one optional function per step of the commit protocol, called
// synchronously right after the step, so that a test can stop the process there.
type Observer struct {
	KeyWritten func()
	Planned    func(records int) // numbers allocated in memory, nothing written
	Added      func(first uint64, records int)
	Indexed    func(first uint64, records int)
	Published  func(size uint64)
	Anchored   func(size uint64)
}

// defaults fills what was left empty and refuses what cannot work.
func (c Config) defaults() (Config, error) {
	if c.Dir == "" {
		return c, refuse(ErrInvalid, "no evidence directory is configured")
	}
	c.Origin = cmp.Or(c.Origin, "countersign/evidence")
	if strings.ContainsAny(c.Origin, " \t\r\n+") {
		return c, refuse(ErrInvalid, "origin %q has a space or a plus sign, which checkpoints cannot carry", c.Origin)
	}
	c.BatchSize = cmp.Or(c.BatchSize, MaxEvents)
	c.BatchAge = cmp.Or(c.BatchAge, 5*time.Millisecond)
	c.CheckpointInterval = cmp.Or(c.CheckpointInterval, time.Second)
	c.AnchorInterval = cmp.Or(c.AnchorInterval, max(time.Minute, c.CheckpointInterval))
	if c.BatchSize < 1 || c.BatchSize > MaxEvents {
		return c, refuse(ErrInvalid, "batch size %d is not within 1 to %d", c.BatchSize, MaxEvents)
	}
	if c.BatchAge < 0 || c.CheckpointInterval < 10*time.Millisecond || c.AnchorInterval < c.CheckpointInterval {
		return c, refuse(ErrInvalid, "batch age %s, checkpoint interval %s, anchor interval %s: want 0 or more, 10ms or more, and no shorter than the checkpoint interval",
			c.BatchAge, c.CheckpointInterval, c.AnchorInterval)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}
