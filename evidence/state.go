package evidence

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Progress is how far a copy of the log's end has come: the published
// checkpoint, or an anchor directory.
type Progress struct {
	Size uint64 // records it covers; 0 before the first one of this process
	// Behind is how long records have been waiting for it, 0 when none does.
	Behind time.Duration
}

// State is the log as this process sees it, for those who watch over it.
type State struct {
	Records    uint64
	Replayed   uint64 // records that the index lacked when the log was opened
	Checkpoint Progress
	Anchors    map[string]Progress // by directory
}

// tooFarBehind is how long a record may wait for its checkpoint. Publishing is
// tried once a second, so by then it has failed many times.
const tooFarBehind = 30 * time.Second

// State returns the log's state; it reads nothing from the disk.
func (l *Log) State() State {
	s := l.marks.state(time.Now(), l.cfg.AnchorDirs)
	s.Records = l.Size()
	return s
}

// Sound says why this log cannot be relied upon to take records, or nil: it is
// closed, its directory is held by somebody else, the last append failed, or
// checkpoints are not written any more. It changes nothing.
func (l *Log) Sound(ctx context.Context) error {
	return l.whileOpen(ctx, func() error {
		if err := l.held(); err != nil {
			return err
		}
		if err := l.marks.lastFailure(); err != nil {
			return fmt.Errorf("evidence: the last append failed: %w", err)
		}
		if behind := l.State().Checkpoint.Behind; behind > tooFarBehind {
			return fmt.Errorf("evidence: no checkpoint could be written for %s; see the process's log, and the disk", behind.Round(time.Second))
		}
		return nil
	})
}

// held compares the lock that is held with the one that another process would
// take: a folder that was replaced under us has another file of that name.
func (l *Log) held() error {
	ours, err := l.lock.Stat()
	if err != nil {
		return fmt.Errorf("evidence: lock: %w", err)
	}
	there, err := os.Stat(filepath.Join(l.cfg.Dir, lockFile))
	if err != nil {
		return fmt.Errorf("evidence: lock: %w", err)
	}
	if !os.SameFile(ours, there) {
		return errors.New("evidence: the directory was replaced while the log was open: end this process, and see which of the two is the log")
	}
	return nil
}

// marks remembers what State tells. It is safe for concurrent use.
type marks struct {
	mu         sync.Mutex
	records    uint64
	replayed   uint64
	failure    error // of the last append, nil when it was fine
	checkpoint mark
	anchors    map[string]mark
}

// mark is how far a copy has come, and since when there is more.
type mark struct {
	size  uint64
	since time.Time
}

// opened begins with what was found; anchors are unknown until the first is written.
func (m *marks) opened(now time.Time, records, replayed, published uint64, anchors []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records, m.replayed = records, replayed
	m.checkpoint = mark{}.reached(published, records, now)
	m.anchors = map[string]mark{}
	for _, dir := range anchors {
		m.anchors[dir] = mark{}.reached(0, records, now)
	}
}

// appended notes the end of a batch: the log's size now, or why it was not written.
func (m *marks) appended(now time.Time, records uint64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failure = err
	if err != nil {
		return
	}
	m.records = records
	m.checkpoint = m.checkpoint.awaits(records, now)
	for dir, a := range m.anchors {
		m.anchors[dir] = a.awaits(records, now)
	}
}

func (m *marks) published(now time.Time, size uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.checkpoint = m.checkpoint.reached(size, m.records, now)
}

func (m *marks) anchored(now time.Time, dir string, size uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.anchors[dir] = m.anchors[dir].reached(size, m.records, now)
}

func (m *marks) lastFailure() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failure
}

func (m *marks) state(now time.Time, dirs []string) State {
	m.mu.Lock()
	anchors := maps.Clone(m.anchors)
	s := State{Replayed: m.replayed, Checkpoint: m.checkpoint.progress(now), Anchors: map[string]Progress{}}
	m.mu.Unlock()
	for _, dir := range dirs {
		s.Anchors[dir] = anchors[dir].progress(now)
	}
	return s
}

// reached is the mark once a copy covers size of so many records.
func (k mark) reached(size, records uint64, now time.Time) mark {
	if size >= records {
		return mark{size: size}
	}
	return mark{size: size, since: now}
}

// awaits is the mark once there are so many records.
func (k mark) awaits(records uint64, now time.Time) mark {
	if k.size < records && k.since.IsZero() {
		k.since = now
	}
	return k
}

func (k mark) progress(now time.Time) Progress {
	if k.since.IsZero() {
		return Progress{Size: k.size}
	}
	return Progress{Size: k.size, Behind: max(now.Sub(k.since), 0)}
}
